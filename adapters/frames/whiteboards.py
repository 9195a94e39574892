"""Frames of the whiteboard: they stay between roles (``/ws/5/tutor``), because that client knows no user ids.

A target is ``to_profile_id`` + ``to_profile_type``, else ``to_student_profile_id``, else ``to_tutor_profile_id``.
Nothing is translated; who speaks is written anew, in every spelling that the old server used.
"""

from typing import Any, Final, Literal

from contracts.model.document import Node, read
from contracts.model.profile import MAX_ID, NOTHING, Profile, parse_id
from contracts.rules.people import pair_at

#: What a frame does: opens a video call, travels in it, ends it; or draws, for which no call is needed.
Part = Literal["opens", "carries", "ends", "draws"]

SESSION_FRAMES: Final[dict[str, Part]] = {
    "video_call_invitation": "opens",
    "video_offer": "carries",
    "video_answer": "carries",
    "video_call_participant_left": "carries",
    "video_call_declined": "ends",
    "video_call_cancelled": "ends",
    "video_call_ended": "ends",
    "whiteboard_stroke": "draws",
    "whiteboard_cursor": "draws",
    "whiteboard_text_typing": "draws",
    "whiteboard_tool_change": "draws",
    "whiteboard_color_change": "draws",
    "whiteboard_page_change": "draws",
    "whiteboard_clear": "draws",
    "whiteboard_undo": "draws",
    "whiteboard_permission_request": "draws",
    "whiteboard_permission_granted": "draws",
    "whiteboard_permission_denied": "draws",
    "whiteboard_permission_revoked": "draws",
}

#: Keys in which the old server itself wrote who had done it, by socket key (``tutor_5``).
_DONE_BY: Final = {
    "video_call_declined": "declined_by",
    "video_call_ended": "ended_by",
    "video_call_cancelled": "cancelled_by",
}
_LONGEST_SESSION: Final = 64


def part_of(type_: str, body: Node) -> Part | None:
    """What the frame does in a session; None for a frame of a chat call. ICE candidates exist in both."""
    if type_ == "ice_candidate":
        spelled = [body.get(key) for key in ("to_student_profile_id", "to_tutor_profile_id")]
        return "carries" if any(value is not None and bytes(value) != b"null" for value in spelled) else None
    return SESSION_FRAMES.get(type_)


def target(body: Node) -> Profile | None:
    """The role that the frame is for, None when it names nobody. Raises `InvalidValue` for what is no role."""
    pair = pair_at(body, "to_", "$.body")
    if pair is not None:
        return pair
    for type_ in ("student", "tutor"):
        key = f"to_{type_}_profile_id"
        value = read(body, key)
        if value is not None and not (isinstance(value, str) and value in NOTHING):
            return Profile(type_, parse_id(value, f"$.body.{key}"))
    return None


def session_of(body: Node) -> str | None:
    """The session as comparable text, None when the frame (a candidate, for instance) does not say it."""
    value = read(body, "session_id")
    return None if value is None else str(value)[:_LONGEST_SESSION]


def signed(type_: str, body: Node, sender: Profile, user_id: int, name: str, timestamp: str) -> Node:
    """The frame with its sender written by us."""
    frame: dict[str, Any] = {
        **body,
        "from_user_id": user_id,
        "from_profile_id": sender.id,
        "from_profile_type": sender.type,
        "from_student_profile_id": sender.id if sender.type == "student" else None,
        "from_tutor_profile_id": sender.id if sender.type == "tutor" else None,
        "from_role": sender.type,
        "timestamp": timestamp,
    }
    if type_ == "video_call_invitation":
        frame["caller_name"] = name
    if type_ == "video_call_participant_left":
        frame |= {
            "left_participant_id": sender.id,
            "left_participant_role": sender.type,
            "left_participant_name": name,
        }
    if type_ in _DONE_BY:
        frame[_DONE_BY[type_]] = str(sender)
    return frame


def offline(type_: str, role: Profile, name: str, avatar: str | None, timestamp: str) -> Node:
    """What an inviting whiteboard hears when nobody is there under that role."""
    return {
        "type": "user_offline",
        "offline_user_profile_id": role.id,
        "offline_user_profile_type": role.type,
        "offline_user_name": name,
        "offline_user_avatar": avatar,
        "call_id": None,
        "original_message_type": type_,
        "timestamp": timestamp,
    }


def as_sent(id_: str | None) -> int | str | None:
    """A conversation or session as clients compare it: a number when it is one."""
    if id_ is None or not (id_.isascii() and id_.isdigit()):
        return id_
    number = int(id_)
    return number if number <= MAX_ID and str(number) == id_ else id_


def ended(sender: Profile, session: str | None) -> Node:
    """The gateway's own word that the other side is gone."""
    return {"type": "video_call_ended", "ended_by": str(sender), "session_id": as_sent(session)}
