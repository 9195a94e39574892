"""What each frame of a socket means: one table, and the two directions in which it is translated.

A frame is an object with a ``type``. Its persons are ``to_*`` and ``from_*``, in profiles on a legacy socket and in
user ids on a modern one; both spellings are understood on both, because real clients mix them (the standalone
listener answers in user ids on a legacy socket). Who speaks is never read from a frame: every ``from_*`` is taken
out here and written anew. Values that no rule touches (offer, answer, candidate, reason ...) keep their bytes.
"""

import json
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from adapters.frames.whiteboards import SESSION_FRAMES
from contracts.model.document import Document, Node, parse, read
from contracts.model.errors import InvalidRequest, InvalidValue, NotFound
from contracts.model.profile import NOTHING
from contracts.model.roster import Found, Roster
from contracts.rules.lens import Lens, Mentions, each, lens
from contracts.rules.people import person

#: What a frame does to a call.
Part = Literal["opens", "answers", "carries", "ends"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One type of frame: what it does to a call, and how its persons are spelled."""

    type: str
    part: Part
    lens: Lens


def _introduce(node: Node, roster: Roster) -> None:
    """A legacy client shows the caller under the name that it knows from its list."""
    node["from_name"] = roster.legacy_name(
        int(read(node, "from_user_id")), str(read(node, "from_name") or "")
    )


_TO: Final = person("body", modern="to_user_id", legacy="to_", beside="to_user_id", unknown="null")
_FROM: Final = person("body", modern="from_user_id", legacy="from_", beside="from_user_id", unknown="null")
_BETWEEN: Final = lens(_TO, _FROM)
_OPENING: Final = lens(_TO, _FROM, each("body", _introduce))

FRAMES: Final = {
    frame.type: frame
    for frame in (
        Frame("call_invitation", "opens", _OPENING),
        # Group calls of the old client: it sends these, and no client shows them.
        Frame("call_invite", "opens", _OPENING),
        Frame("call_offer", "opens", _OPENING),
        Frame("call_answer", "answers", _BETWEEN),
        Frame("ice_candidate", "carries", _BETWEEN),
        Frame("call_mode_switched", "carries", _BETWEEN),
        Frame("call_mode_changed", "carries", _BETWEEN),
        Frame("webrtc_offer", "carries", _BETWEEN),
        Frame("webrtc_answer", "carries", _BETWEEN),
        Frame("call_declined", "ends", _BETWEEN),
        Frame("call_cancelled", "ends", _BETWEEN),
        Frame("call_ended", "ends", _BETWEEN),
    )
}

#: What the gateway answers itself.
ASKED: Final = frozenset(("ping", "get_online_users"))

#: Names under which a frame could claim to come from somebody: dropped, whoever sent them.
_CLAIMED: Final = ("from_", "caller_", "sender_")
_LONGEST_CONVERSATION: Final = 64
_LONGEST_CALL_TYPE: Final = 16


class Spoken(NamedTuple):
    """A frame as it came in, its claims about the sender taken out."""

    type: str
    body: Node


class Heard(NamedTuple):
    """A frame with whom it mentions; ``conversation`` as comparable text."""

    frame: Frame
    document: Document
    mentions: Mentions
    conversation: str | None


def spoken(text: bytes) -> Spoken:
    """Read a frame. Raises `InvalidRequest` for what is no JSON object, `InvalidValue` for an unknown type."""
    body = parse(text)
    if not isinstance(body, dict):
        raise InvalidRequest("a frame is an object with a type", place="$")
    name = _type_of(body)
    for key in [key for key in body if key.startswith(_CLAIMED)]:
        del body[key]
    return Spoken(name, body)


def heard(spoken: Spoken) -> Heard:
    """Who is meant. Raises `InvalidValue` for what is no person or no conversation."""
    frame = FRAMES[spoken.type]
    document = frame.lens.draft(Document({}, {}, spoken.body))
    return Heard(frame, document, frame.lens.profiles(document), _conversation(spoken.body))


def _type_of(body: Node) -> str:
    name = read(body, "type")
    if not isinstance(name, str):
        raise InvalidValue("must be text", place="$.body.type")
    if name not in FRAMES and name not in SESSION_FRAMES and name not in ASKED:
        raise InvalidValue(f"{json.dumps(name[:40])} is not known here", place="$.body.type")
    return name


def _conversation(body: Node) -> str | None:
    """The conversation as text: clients send the number, or the text that they kept of it."""
    value = read(body, "conversation_id")
    if value is None or (isinstance(value, str) and value in NOTHING):
        return None
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > _LONGEST_CONVERSATION:
        raise InvalidValue("must be the id of a conversation", place="$.body.conversation_id")
    return str(value)


class Outgoing(NamedTuple):
    """A frame in user ids: ``target`` is the person it is for, None when it follows from the call."""

    frame: Frame
    body: Node
    target: int | None


def to_modern(frame: Heard, roster: Roster) -> Outgoing:
    """The frame in user ids. Raises `NotFound` when it names somebody who does not exist."""
    body = frame.frame.lens.to_modern(frame.document, roster).body
    target = read(body, "to_user_id")
    if target is None and (frame.mentions.profiles or frame.mentions.users):
        raise NotFound("no such person", place="$.body.to_profile_id")
    return Outgoing(frame.frame, body, target)


def signed(outgoing: Outgoing, sender: int, found: Found, timestamp: str) -> Outgoing:
    """The frame with its sender written by us; an opening one also says the name, the picture and the time."""
    body = {**outgoing.body, "from_user_id": sender}
    if outgoing.frame.part == "opens":
        someone = found.people.get(sender)
        body["from_name"] = someone.modern_name if someone else ""
        body["from_avatar"] = someone.avatar if someone else None
        body["timestamp"] = timestamp
    return outgoing._replace(body=body)


def for_modern(outgoing: Outgoing, recipient: int) -> Node:
    """The frame as a modern socket of the recipient reads it."""
    return {**outgoing.body, "to_user_id": recipient}


def for_legacy(outgoing: Outgoing, roster: Roster) -> Node:
    """The frame as a legacy socket reads it; ``roster.caller`` is the recipient under its socket's own name."""
    body = for_modern(outgoing, roster.caller.user_id)
    response: Node = outgoing.frame.lens.to_legacy(Document({}, {}, body), roster).body
    return response


def made(type_: str, **values: object) -> Outgoing:
    """A frame that the gateway itself says; keys with None are left out."""
    body = {"type": type_, **{name: value for name, value in values.items() if value is not None}}
    return Outgoing(FRAMES[type_], body, None)


def call_type(body: Node) -> str:
    """``voice`` or ``video`` as the invitation says it; ``voice`` for what cannot be that."""
    value = read(body, "call_type")
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_CALL_TYPE else "voice"
