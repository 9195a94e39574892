"""Rows that collide as soon as somebody corrects their person or their profile."""

from random import Random

from tests.migration.generator.world import World, block, direct, session, setting, two
from tests.migration.strangers.draft import Draft, feature


def _plant(name: str, table: str):
    """Register a function on the world as a feature; it is left out where the table is missing."""

    def register(plant):
        def write(draft: Draft, random: Random) -> None:
            if table not in draft.gone:
                draft.plants.append(plant)

        feature("collisions", name=f"colliding {name}")(write)
        return plant

    return register


@_plant("settings", "chat_settings")
def settings(world: World) -> None:
    """The same profile's settings under its owner and under a stranger."""
    a, b = two(world)
    pair = world.profiles[a][0]
    setting(world, a, pair)
    setting(world, b, pair)


@_plant("settings under a user's id", "chat_settings")
def settings_under_a_users_id(world: World) -> None:
    a, _ = two(world)
    setting(world, a, world.profiles[a][0])
    setting(world, a, (world.profiles[a][0][0], a))


@_plant("settings under another spelling", "chat_settings")
def settings_under_another_spelling(world: World) -> None:
    a, _ = two(world)
    kind, number = world.profiles[a][0]
    setting(world, a, (kind, number))
    setting(world, a, (f" {kind.upper()}", number))


@_plant("participants", "conversation_participants")
def participants(world: World) -> None:
    """The profile's number is the user's id in one row (D17), the profile itself in the other."""
    conversation, a, _ = direct(world)
    kind, _number = world.profiles[a][0]
    world.member(conversation, a, (kind, a))


@_plant("participants of three people", "conversation_participants")
def participants_of_three(world: World) -> None:
    """Each row names the next one's profile."""
    people = [world.person("student", "tutor") for _ in range(3)]
    group = world.conversation("group", [(people[0], world.profiles[people[0]][0])], name="ring")
    for user, other in zip(people, [*people[1:], people[0]], strict=True):
        world.member(group, user, world.profiles[other][1])


@_plant("reactions", "message_reactions")
def reactions(world: World) -> None:
    conversation, a, b = direct(world)
    message = world.message(conversation, b, world.profiles[b][0])
    kind, number = world.profiles[a][0]
    for user, profile in ((a, number), (a, a), (b, number)):
        if profile == a and (kind, a) in world.profiles[a]:
            continue
        # Only one row a profile and reaction: the collision comes with the correction.
        world.add(
            "message_reactions", message_id=message, user_id=user, profile_type=kind, profile_id=profile,
            reaction=f"r{user}{profile}"[:9] if user == b else "same", created_at=world.now(),
        )  # fmt: skip


@_plant("receipts", "message_read_receipts")
def receipts(world: World) -> None:
    conversation, a, b = direct(world)
    message = world.message(conversation, b, world.profiles[b][0])
    kind, number = world.profiles[a][0]
    for profile in (number, a):
        world.add(
            "message_read_receipts", message_id=message, user_id=a, profile_type=kind, profile_id=profile,
            read_at=world.now(),
        )  # fmt: skip


@_plant("blocks", "blocked_chat_contacts")
def blocks(world: World) -> None:
    a, b = two(world)
    (kind, number), pair = world.profiles[a][0], world.profiles[b][0]
    block(world, a, (kind, number), b, pair)
    block(world, a, (kind, a), b, pair)
    block(world, b, (kind, number), a, world.profiles[a][1])


@_plant("sessions", "chat_active_sessions")
def sessions(world: World) -> None:
    a, b = two(world)
    pair = world.profiles[a][0]
    for user in (a, b, a):
        session(world, user, pair, f"phone {a}")


@_plant("votes", "poll_votes")
def votes(world: World) -> None:
    """One option, one number: the user's id, and the profile under an owner and a stranger."""
    conversation, a, b = direct(world)
    kind, number = world.profiles[a][0]
    poll = world.add(
        "polls", conversation_id=conversation, question="?", created_by_user_id=a,
        created_by_profile_type=kind, created_by_profile_id=number,
    )  # fmt: skip
    option = world.add("poll_options", poll_id=poll, option_text="yes")
    for user, profile in ((a, number), (b, a)):
        world.add(
            "poll_votes", poll_id=poll, option_id=option, user_id=user, profile_type=kind, profile_id=profile
        )
