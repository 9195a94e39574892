"""Frames as pure values: the law of the way there, the law of the way back, and what is taken out on the way."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.frames import calls as frames
from adapters.frames.calls import FRAMES, Outgoing
from adapters.frames.whiteboards import SESSION_FRAMES
from contracts.model.document import encode
from contracts.model.errors import InvalidRequest, InvalidValue, NotFound
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Found, Person, Role, Roster

TIME = "2026-11-22T22:42:45.135759Z"


def person(user_id: int, *profiles: Profile) -> Person:
    roles = tuple(Role(profile, None, True) for profile in profiles)
    return Person(user_id, f"First{user_id}", "F", None, f"/{user_id}.png", None, True, roles)


ABEL = person(1, Profile("tutor", 7), Profile("student", 5))
BEZA = person(2, Profile("tutor", 5), Profile("parent", 9))
GENET = person(7)
PEOPLE = (ABEL, BEZA, GENET)
FOUND = Found(
    {role.profile: someone.user_id for someone in PEOPLE for role in someone.roles},
    {someone.user_id: someone for someone in PEOPLE},
)


def names(someone: Person) -> list[Profile]:
    return [role.profile for role in someone.roles] or [someone.profile]


def hear(body: dict[str, Any], sender: Person) -> Outgoing:
    """What the gateway makes of a frame of this sender."""
    heard = frames.heard(frames.spoken(encode(body)))
    roster = Roster(Caller(sender.user_id, sender.profile), FOUND)
    return frames.signed(frames.to_modern(heard, roster), sender.user_id, FOUND, TIME)


def tell(said: Outgoing, recipient: Person, named: Profile | None) -> dict[str, Any]:
    """What a socket of the recipient reads; ``named`` is its name on a legacy socket."""
    if named is None:
        node = frames.for_modern(said, recipient.user_id)
    else:
        node = frames.for_legacy(said, Roster(Caller(recipient.user_id, named), FOUND))
    told: dict[str, Any] = json.loads(encode(node))
    return told


#: JSON as clients may write it: other parsers would print some of these anew, and differently.
TEXTS = st.sampled_from(
    [
        "1.10",
        "1E2",
        "-0.0",
        "123456789012345678901234567890",
        '"\\u00e9\\/"',
        "[ 1,\\t2 ]".replace("\\t", "\t"),
    ]
)
VALUES = st.one_of(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=5,
    ).map(json.dumps),
)
#: Fields of which no rule speaks.
OTHERS = st.dictionaries(
    st.sampled_from(["offer", "answer", "candidate", "reason", "new_mode", "group_call", "x y", "é"]),
    VALUES,
    max_size=4,
).map(lambda found: {name: msgspec.Raw(value.encode()) for name, value in found.items()})
CONVERSATIONS = st.sampled_from([{}, {"conversation_id": 11}, {"conversation_id": "connection-5"}])


@st.composite
def spoken_frames(draw: st.DrawFn) -> tuple[dict[str, Any], Person, Person, Profile | None]:
    """A frame, who says it, whom it is for, and under which name (None: by user id)."""
    sender, target = draw(st.permutations(PEOPLE))[:2]
    named = draw(st.sampled_from([None, *names(target)]))
    body = {"type": draw(st.sampled_from(sorted(FRAMES))), **draw(CONVERSATIONS), **draw(OTHERS)}
    if named is None:
        body["to_user_id"] = target.user_id
    else:
        body |= {
            "to_profile_id": named.id,
            "to_profile_type": draw(st.sampled_from([named.type, named.type.title()])),
        }
        if draw(st.booleans()):
            body["to_user_id"] = draw(
                st.sampled_from([target.user_id, sender.user_id, 999, None, "undefined"])
            )
    return body, sender, target, named


@given(spoken_frames())
def test_there_a_frame_arrives_as_it_was_said(
    drawn: tuple[dict[str, Any], Person, Person, Profile | None],
) -> None:
    """Legacy -> modern -> legacy and modern -> modern: what was written arrives, in its own bytes."""
    body, sender, target, named = drawn
    said = hear(body, sender)
    assert said.target == target.user_id
    node = (
        frames.for_modern(said, target.user_id)
        if named is None
        else frames.for_legacy(said, Roster(Caller(target.user_id, named), FOUND))
    )
    untouched = {name: value for name, value in body.items() if not name.startswith("to_")}
    assert {name: bytes(encode(node[name])) for name in untouched} == {
        name: bytes(encode(value)) for name, value in untouched.items()
    }
    persons = {"to_user_id": target.user_id, "from_user_id": sender.user_id}
    if named is not None:
        persons |= {"to_profile_id": named.id, "to_profile_type": named.type}
        persons |= {"from_profile_id": sender.profile.id, "from_profile_type": sender.profile.type}
    assert {name: node[name] for name in persons} == persons
    added = {"from_name", "from_avatar", "timestamp"} if said.frame.part == "opens" else set()
    assert set(node) == {*untouched, *persons, *added}


@given(spoken_frames(), st.data())
def test_back_a_reply_finds_the_sender(
    drawn: tuple[dict[str, Any], Person, Person, Profile | None], data: st.DataObject
) -> None:
    """Every client answers to the ``from_*`` that it read, in its own spelling: all four pairings."""
    body, sender, target, _ = drawn
    named = data.draw(st.sampled_from([None, *names(target)]))
    told = tell(hear(body, sender), target, named)
    keys = ("user_id",) if named is None else ("profile_id", "profile_type")
    reply = {"type": "call_answer", **{f"to_{key}": told[f"from_{key}"] for key in keys}}
    assert hear(reply, target).target == sender.user_id


@given(
    spoken_frames(),
    st.dictionaries(
        st.sampled_from(
            [
                "from_user_id",
                "from_profile_id",
                "from_profile_type",
                "from_name",
                "from_role",
                "caller_name",
                "sender_id",
            ]
        ),
        VALUES,
    ),
)
def test_claims_about_the_sender_change_nothing(
    drawn: tuple[dict[str, Any], Person, Person, Profile | None], lies: dict[str, str]
) -> None:
    body, sender, target, named = drawn
    claimed = {**body, **{name: msgspec.Raw(value.encode()) for name, value in lies.items()}}
    assert tell(hear(claimed, sender), target, named) == tell(hear(body, sender), target, named)


@pytest.mark.parametrize("type_", sorted(FRAMES))
def test_a_modern_frame_holds_no_profile(type_: str) -> None:
    body = {"type": type_, "to_profile_id": 5, "to_profile_type": "tutor", "from_profile_id": 5}
    told = tell(hear(body, ABEL), BEZA, None)
    assert not [name for name in told if "profile" in name]


def test_only_an_opening_frame_introduces_its_sender() -> None:
    said = {type_: tell(hear({"type": type_, "to_user_id": 2}, ABEL), BEZA, None) for type_ in FRAMES}
    assert {type_ for type_, told in said.items() if "from_name" in told} == {
        "call_invitation",
        "call_invite",
        "call_offer",
    }
    assert said["call_invitation"]["from_name"] == "First1 F"
    assert said["call_invitation"]["from_avatar"] == "/1.png"


@pytest.mark.parametrize("nothing", [None, "undefined", "null", "NaN", ""])
def test_a_frame_for_nobody_in_particular_has_no_target(nothing: Any) -> None:
    body = {
        "type": "call_answer",
        "to_profile_id": nothing,
        "to_profile_type": "tutor",
        "to_user_id": nothing,
    }
    assert hear(body, ABEL).target is None
    assert hear({"type": "call_answer"}, ABEL).target is None


@pytest.mark.parametrize(
    "to",
    [
        {"to_user_id": 999},
        {"to_profile_id": 999, "to_profile_type": "tutor"},
        {"to_profile_id": 999, "to_profile_type": "user"},
    ],
)
def test_a_person_who_does_not_exist_is_said_so(to: dict[str, Any]) -> None:
    with pytest.raises(NotFound, match="no such person"):
        hear({"type": "call_answer", **to}, ABEL)


@pytest.mark.parametrize("value", ["11", 11])
def test_a_conversation_is_compared_as_text(value: Any) -> None:
    assert (
        frames.heard(frames.spoken(encode({"type": "call_answer", "conversation_id": value}))).conversation
        == "11"
    )


@pytest.mark.parametrize("value", [True, 1.5, [1], {}, "x" * 65])
def test_what_is_no_conversation(value: Any) -> None:
    with pytest.raises(InvalidValue):
        frames.heard(frames.spoken(encode({"type": "call_answer", "conversation_id": value})))


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"1", b"null", b"{", b"\xff", b'{"type": "ping", "a": 1, "a": 2}']
)
def test_what_is_no_frame(text: bytes) -> None:
    with pytest.raises(InvalidRequest):
        frames.spoken(text)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_frame_or_an_error_of_the_client(text: bytes) -> None:
    try:
        frames.spoken(text)
    except InvalidRequest as error:
        assert error.fault == "client"  # noqa: PT017


@pytest.mark.parametrize(
    ("value", "kind"), [("video", "video"), (None, "voice"), ("", "voice"), (5, "voice"), ("x" * 17, "voice")]
)
def test_the_kind_of_a_call(value: Any, kind: str) -> None:
    assert frames.call_type({"call_type": value}) == kind


def test_a_frame_of_our_own_leaves_out_what_is_nothing() -> None:
    said = frames.made("call_declined", reason="offline", conversation_id=None)
    assert said == Outgoing(FRAMES["call_declined"], {"type": "call_declined", "reason": "offline"}, None)


def test_the_description_speaks_of_every_frame() -> None:
    text = Path("contracts/specs/frames.md").read_text(encoding="utf-8")
    assert [type_ for type_ in {*FRAMES, *SESSION_FRAMES, *frames.ASKED} if f"`{type_}`" not in text] == []


def test_the_examples_of_the_description_are_what_happens() -> None:
    text = Path("contracts/specs/frames.md").read_text(encoding="utf-8")
    sent, legacy, modern = [json.loads(part.split("```")[0]) for part in text.split("```json\n")[1:]]
    said = hear(sent, ABEL)
    for told, named in ((legacy, Profile("tutor", 5)), (modern, None)):
        assert tell(said, BEZA, named) == {**told, "from_name": "First1 F", "from_avatar": "/1.png"}
