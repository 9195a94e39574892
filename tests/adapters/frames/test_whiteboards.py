"""Frames of the whiteboard as pure values."""

from typing import Any

import msgspec
import pytest

from adapters.frames.calls import FRAMES
from adapters.frames.whiteboards import SESSION_FRAMES, as_sent, offline, part_of, session_of, signed, target
from contracts.model.errors import InvalidValue
from contracts.model.profile import Profile


def opened(body: dict[str, Any]) -> dict[str, Any]:
    """As a frame comes in: its values unopened."""
    return msgspec.json.decode(msgspec.json.encode(body), type=dict[str, msgspec.Raw])


def test_no_frame_is_in_both_tables() -> None:
    assert not set(FRAMES) & set(SESSION_FRAMES)


@pytest.mark.parametrize(
    ("type_", "body", "part"),
    [
        ("video_call_invitation", {}, "opens"),
        ("whiteboard_stroke", {}, "draws"),
        ("call_invitation", {"to_tutor_profile_id": 5}, None),
        ("ice_candidate", {"to_tutor_profile_id": 5}, "carries"),
        ("ice_candidate", {"to_student_profile_id": 5, "to_tutor_profile_id": None}, "carries"),
        ("ice_candidate", {"to_profile_id": 5, "to_profile_type": "tutor"}, None),
        ("ice_candidate", {"to_student_profile_id": None}, None),
    ],
)
def test_what_a_frame_does(type_: str, body: dict[str, Any], part: str | None) -> None:
    assert part_of(type_, opened(body)) == part


@pytest.mark.parametrize(
    ("body", "role"),
    [
        ({"to_profile_id": 5, "to_profile_type": "Tutor", "to_student_profile_id": 6}, Profile("tutor", 5)),
        ({"to_student_profile_id": 6, "to_tutor_profile_id": 7}, Profile("student", 6)),
        ({"to_student_profile_id": None, "to_tutor_profile_id": "7"}, Profile("tutor", 7)),
        ({"to_student_profile_id": "undefined", "to_tutor_profile_id": 7}, Profile("tutor", 7)),
        ({}, None),
    ],
)
def test_the_first_spelling_of_the_target_counts(body: dict[str, Any], role: Profile | None) -> None:
    assert target(opened(body)) == role


@pytest.mark.parametrize("body", [{"to_tutor_profile_id": "x"}, {"to_profile_id": 5, "to_profile_type": "x"}])
def test_what_is_no_role(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        target(opened(body))


def test_a_parent_speaks_in_neither_of_the_two_old_keys() -> None:
    said = signed("video_offer", {"type": "video_offer"}, Profile("parent", 9), 2, "Beza B", "now")
    assert (said["from_student_profile_id"], said["from_tutor_profile_id"]) == (None, None)
    assert (said["from_profile_type"], said["from_profile_id"], said["from_user_id"]) == ("parent", 9, 2)
    assert "caller_name" not in said


@pytest.mark.parametrize(("value", "session"), [(9, "9"), ("9", "9"), (None, None), ("x" * 99, "x" * 64)])
def test_a_session_is_compared_as_text(value: Any, session: str | None) -> None:
    assert session_of(opened({"session_id": value})) == session
    assert session_of({}) is None


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("11", 11),
        ("011", "011"),
        ("connection-5", "connection-5"),
        (None, None),
        ("9" * 30, "9" * 30),
        ("٣", "٣"),
    ],
)
def test_an_id_is_sent_as_clients_compare_it(text: str | None, sent: Any) -> None:
    assert as_sent(text) == sent


def test_offline_names_whom_was_called() -> None:
    told = offline("video_call_invitation", Profile("tutor", 5), "Beza B", None, "now")
    assert told["offline_user_profile_type"] == "tutor"
    assert told["original_message_type"] == "video_call_invitation"
