"""One case of every trap, planted by hand into a generated database; each function says what it adds."""

from datetime import timedelta

from tests.migration.generator.world import World, block, direct, session, setting, two


def plant(world: World) -> None:
    """Add one case of each trap that the state can hold."""
    for trap in PLANTS:
        trap(world)
    if world.state == "D":
        for trap in PLANTS_D:
            trap(world)
    else:
        same_device(world)


def twice_in_a_group(world: World) -> None:
    """D1: both roles active, with contradictory marks; the first row is muted, read early, cleared."""
    a, b = two(world)
    first, second = world.profiles[a]
    group = world.conversation("group", [(b, world.profiles[b][0]), (a, first)], name="twice")
    world.member(group, a, second, role="admin", is_muted=True, chat_cleared_at=world.now())
    for _ in range(3):
        world.message(group, b, world.profiles[b][0])
    world.known["D1"] += 1
    world.known["D25"] += 1


def left_and_back(world: World) -> None:
    """D2: left as admin under one role, active as a member under the other."""
    a, b = two(world)
    first, second = world.profiles[a]
    group = world.conversation("group", [(b, world.profiles[b][0])], name="left")
    world.member(group, a, first, role="admin", is_active=False, left_at=world.now())
    world.member(group, a, second)
    world.known["D2"] += 1


def two_directs(world: World) -> None:
    """D3: student to tutor, and tutor to tutor."""
    _, a, b = direct(world)
    other = world.conversation("direct", [(a, world.profiles[a][1]), (b, world.profiles[b][0])])
    world.message(other, a, world.profiles[a][1])
    world.known["D3"] += 1


def with_oneself(world: World) -> None:
    """D4: both rows are one person; also D1."""
    a, _ = two(world)
    world.conversation("direct", [(a, pair) for pair in world.profiles[a]])
    world.known.update(("D4", "D1"))


def two_settings(world: World) -> None:
    """D6: two rows; D7: the older one has two-step protection; D22: one type in capitals."""
    a, _ = two(world)
    first, second = world.profiles[a]
    setting(
        world,
        a,
        first,
        two_step_verification=True,
        two_step_password_hash="a" * 64,
        two_step_email="a@example.test",
    )
    setting(world, a, (second[0].upper(), second[1]), two_step_password_hash="b" * 64)
    world.known.update(("D6", "D7", "D22"))


def blocks(world: World) -> None:
    """D8: blocked under two profiles, and from two; D9: oneself."""
    a, b = two(world)
    c = world.person("parent", "student")
    block(world, b, world.profiles[b][0], c, world.profiles[c][0], "first")
    block(world, b, world.profiles[b][0], c, world.profiles[c][1], "second")
    block(world, a, world.profiles[a][0], a, world.profiles[a][1])
    world.known.update(("D8", "D9"))


def reactions(world: World) -> None:
    """D11: two by one profile, one by another; D12: two receipts."""
    conversation, a, b = direct(world)
    message = world.message(conversation, b, world.profiles[b][0])
    first, second = world.profiles[a]
    for pair, reaction in ((first, "👍"), (first, "❤"), (second, "😀")):
        identity = {"message_id": message, "user_id": a, "profile_type": pair[0], "profile_id": pair[1]}
        world.add("message_reactions", reaction=reaction, created_at=world.now(), **identity)
    for pair in (first, second):
        identity = {"message_id": message, "user_id": a, "profile_type": pair[0], "profile_id": pair[1]}
        world.add("message_read_receipts", read_at=world.now(), **identity)
    world.known.update(("D11", "D12"))


def votes(world: World) -> None:
    """D13: one person, two profiles, one option; and an anonymous vote."""
    conversation, a, _ = direct(world)
    first, second = world.profiles[a]
    creator = {"created_by_profile_type": first[0], "created_by_profile_id": first[1]}
    poll = world.add("polls", conversation_id=conversation, question="?", **creator)
    option = world.add("poll_options", poll_id=poll, option_text="!")
    for pair in (first, second):
        voter = {"user_id": a, "profile_type": pair[0], "profile_id": pair[1]}
        world.add("poll_votes", poll_id=poll, option_id=option, **voter)
    world.add("poll_votes", poll_id=poll, option_id=option, user_id=None, profile_type=None, profile_id=None)
    world.known["D13"] += first[1] != second[1]
    if first[1] == second[1]:
        world.rows["poll_votes"].pop(-2)


def orphan(world: World) -> None:
    """D14: a participant, a message and a conversation of a profile that was deleted."""
    a, b = two(world)
    gone = ("parent", 900_000_000 + a)
    conversation = world.conversation("direct", [(a, gone), (b, world.profiles[b][0])])
    world.message(conversation, a, gone)
    world.known["D14"] += 3


def wrong_person(world: World) -> None:
    """D16: sent as b's tutor with a stranger's user id, and as b's tutor with a's (both take part: undecided)."""
    conversation, a, b = direct(world)
    stranger = world.person("student")
    world.message(conversation, stranger, world.profiles[b][0])
    world.message(conversation, a, world.profiles[b][0])
    world.known["D16"] += 2


def fallback(world: World) -> None:
    """D17: the person's user id as profile id, which nobody else owns."""
    conversation, a, b = direct(world)
    world.message(conversation, a, (world.profiles[a][0][0], a))
    world.message(conversation, b, ("parent", b))
    world.known["D17"] += 2


def loose_ends(world: World) -> None:
    """D18: a connection without profiles; D19: a message of the system; D23: one row; D28: a channel."""
    conversation, a, b = direct(world)
    asked = {"requested_by": a, "requester_type": "student", "recipient_id": b, "recipient_type": "tutor"}
    world.add("connections", status="accepted", **asked)
    world.message(conversation, a, ("system", 0), message_type="system")
    world.conversation("direct", [(a, world.profiles[a][0])])
    world.known.update(("D18", "D19", "D23"))


def absent_creator(world: World) -> None:
    """D20: the creating profile is no participant."""
    a, b = two(world)
    creator = world.person("parent")
    role, profile = world.profiles[creator][0]
    members = [(a, world.profiles[a][0]), (b, world.profiles[b][0])]
    more = {"created_by_profile_type": role, "created_by_profile_id": profile}
    if world.state == "D":
        more["created_by_user_id"] = creator
    world.conversation("group", members, name="absent", **more)
    world.known["D20"] += 1


def marks(world: World) -> None:
    """D24: pinned; D25: deleted for one; D26: deleted, with content; D27: archived; D29: forwarded; D30: a call."""
    conversation, a, b = direct(world)
    caller = {
        "caller_user_id": b,
        "caller_profile_type": "tutor",
        "caller_profile_id": world.profiles[b][0][1],
    }
    inside = (
        f'[{{"profile_id": {world.profiles[a][0][1]}, "profile_type": "student"}}, {{"profile_id": null}}]'
    )
    world.add("call_logs", conversation_id=conversation, call_type="video", participants=inside, **caller)
    pair = world.profiles[b][0]
    by = world.profiles[a][0]
    world.message(
        conversation,
        b,
        pair,
        is_pinned=True,
        pinned_at=world.now(),
        pinned_by_profile_type=by[0],
        pinned_by_profile_id=by[1],
    )
    world.message(conversation, b, pair, deleted_for_user_ids=f"[{a}]")
    world.message(conversation, b, pair, is_deleted=True, media_metadata='{"profile_id": 1}')
    forwarded = {"forwarded_from_profile_type": by[0], "forwarded_from_profile_id": by[1]}
    world.message(conversation, b, pair, is_forwarded=True, **forwarded)
    world.rows["conversations"][-1]["is_archived"] = True
    world.known.update(("D24", "D25", "D26", "D27", "D29", "D30"))


def same_device(world: World) -> None:
    """O12: one device under two roles; and two devices without a name."""
    a, _ = two(world)
    for pair in world.profiles[a]:
        session(world, a, pair, "phone")
        session(world, a, pair, None)


def without_profile(world: World) -> None:
    """State D: rows that the user-based backend wrote, of people with and without profiles."""
    conversation, a, _ = direct(world)
    nobody = world.person()
    world.member(conversation, nobody, (None, None))
    world.message(conversation, nobody, (None, None))
    world.message(conversation, a, (None, None))
    world.known["D23"] += 1
    world.add("chat_two_step_verification", user_id=nobody, is_enabled=True, password_hash="c" * 64)


def other_filler(world: World) -> None:
    """D21: an earlier script took the participant's user, who is not the profile's owner."""
    conversation, _, _ = direct(world)
    stranger = world.person("student")
    row = next(r for r in world.rows["conversations"] if r["id"] == conversation)
    row["created_by_user_id"] = stranger
    row["created_at"] += timedelta(seconds=1)
    world.known["D21"] += 1


PLANTS = (
    twice_in_a_group,
    left_and_back,
    two_directs,
    with_oneself,
    two_settings,
    blocks,
    reactions,
    votes,
    orphan,
    wrong_person,
    fallback,
    loose_ends,
    absent_creator,
    marks,
)
PLANTS_D = (without_profile, other_filler)
