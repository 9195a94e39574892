"""What is asked, in which order, with which values: the contract says what an operation needs, this file what we have.

Only what the story made itself is edited, pinned, voted on, ended or deleted. What cannot be taken back is not tried.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from contracts.specs.openapi import Contract, Part

#: What is known so far, by name: who calls, what was found in lists, what the story made.
Known = dict[str, Any]


class Ask(NamedTuple):
    """A request: ``target`` is path and query; ``body`` is the JSON value, `NO_BODY` for none."""

    method: str
    target: str
    body: Any


class Unknown(Exception):
    """The operation needs a value that nobody told us and no list had."""


NO_BODY: Final = object()
TEXT: Final = "A contract check wrote this and deletes it at once."
#: Who calls is said wherever the operation has a place for it.
CLAIMS: Final = ("profile_id", "profile_type", "user_id")
#: Optional parts of a request that are sent nevertheless.
ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "messages.send": ("content",),
    "presence.bulk": ("profile_ids", "user_ids"),
    "typing.set": ("is_typing",),
    "blocks.create": ("blocked_user_id",),
    "conversations.create": ("type",),
    "presence.update": ("device_name",),
    "sessions.register": ("device_name",),
    "search.messages": ("q",),
    "polls.create": ("anonymous",),
}
#: Names that mean something else in one operation. ``own_*`` is what the story made itself.
MEANS: Final[Mapping[tuple[str, str], str]] = {
    ("messages.list", "id"): "conversation_id",
    ("call_logs.list", "id"): "conversation_id",
    # 2.2: the whole body is one value.
    ("conversations.mute", "body"): "is_muted",
    ("conversations.archive", "body"): "is_archived",
    ("profiles.get", "type"): "profile_type",
    ("profiles.get", "id"): "profile_id",
    ("messages.edit", "id"): "own_message_id",
    ("messages.delete", "id"): "own_message_id",
    ("conversations.create", "participants"): "partners",
    ("conversations.create", "participant_user_ids"): "partner_user_ids",
    **{
        (f"blocks.{verb}", f"blocked_{name}"): f"{whom}_{name}"
        for verb, whom in (("create", "unblocked"), ("delete", "own_blocked"))
        for name in ("profile_id", "profile_type", "user_id")
    },
    **{(f"polls.{verb}", "poll_id"): "own_poll_id" for verb in ("vote", "vote_remove", "end", "delete")},
    **{
        (name, "message_id"): "own_message_id"
        for name in (
            "messages.edit",
            "messages.delete",
            "messages.pin",
            "messages.unpin",
            "reactions.add",
            "reactions.remove",
        )
    },
}
CONSTANTS: Final[Known] = {
    "content": TEXT,
    "reaction": "heart",
    "is_typing": False,
    "type": "direct",
    "device_name": "contract check",
    "device_type": "desktop",
    "ip_address": "127.0.0.1",
    "q": "contract check",
    "question": TEXT,
    "options": ["yes", "no"],
    "anonymous": False,
    "archived": False,
    "is_archived": False,
}
#: Operations that only read, whatever their method.
READS_BY_POST: Final = frozenset(("connections.check", "connections.check_batch"))
#: The story, told with --write. A step whose values are missing is passed over.
STORY: Final = (
    "conversations.create",
    "typing.set",
    "messages.send",
    "messages.edit",
    "reactions.add",
    "reactions.remove",
    "messages.pin",
    "messages.unpin",
    "messages.delete",
    "polls.create",
    "polls.get",
    "polls.vote",
    "polls.vote_remove",
    "polls.end",
    "polls.delete",
    "conversations.read",
    "conversations.mute",
    "conversations.archive",
    "settings.put",
    "presence.update",
    "sessions.register",
    "sessions.terminate",
    "blocks.create",
    "blocks.delete",
)
_CHANGES_GROUP: Final = "would change a group for others"
_CHANGES_SIGN_IN: Final = "would change how the person signs in"
_CHANGES_CONNECTION: Final = "would change a connection"
_ENDS_SESSIONS: Final = "would end the person's other sessions"
_HIDES: Final = "would hide messages for good"
_RINGS: Final = "would leave a call that cannot be taken back"
#: Why an operation is not part of the story.
NOT_TRIED: Final[Mapping[str, str]] = {
    "groups.create": "would leave a group behind",
    "conversations.update": _CHANGES_GROUP,
    "participants.add": _CHANGES_GROUP,
    "participants.remove": _CHANGES_GROUP,
    "history.clear": _HIDES,
    "conversations.delete": _HIDES,
    "data.delete": _HIDES,
    "sessions.terminate_others": _ENDS_SESSIONS,
    "sessions.terminate_all": _ENDS_SESSIONS,
    "connection_requests.respond": _CHANGES_CONNECTION,
    "connections.create": _CHANGES_CONNECTION,
    "connections.update": _CHANGES_CONNECTION,
    "connections.delete": _CHANGES_CONNECTION,
    "connections.request": _CHANGES_CONNECTION,
    "connections.end": _CHANGES_CONNECTION,
    "media.upload": "would leave a file behind",
    **{f"calls.{verb}": _RINGS for verb in ("create", "update")},
    **{f"call_logs.{verb}": _RINGS for verb in ("create", "update")},
    **{
        f"two_step.{verb}": _CHANGES_SIGN_IN
        for verb in ("enable", "disable", "change_password", "change_email", "verify", "forgot", "reset")
    },
}


def only_reads(contract: Contract) -> bool:
    """Whether asking changes nothing (but that reading messages marks them as read)."""
    return contract.method == "GET" or contract.name in READS_BY_POST


def request(contract: Contract, known: Known, follow: Callable[[Part], Part]) -> Ask:
    """The request of an operation with what is known; raises `Unknown`, naming the value that is missing.

    ``follow`` turns a schema that only refers to another into that other one.
    """
    path, query = contract.template, {}
    for parameter in contract.parameters:
        if parameter.place == "path":
            value = _value(contract, parameter.name, known)
            path = path.replace(f"{{{parameter.name}}}", quote(str(value), safe=""))
        elif parameter.place == "query" and _is_sent(contract, parameter.name, parameter.required, known):
            query[parameter.name] = _as_text(_value(contract, parameter.name, known))
    target = f"{path}?{urlencode(query)}" if query else path
    return Ask(contract.method, target, _body(contract, known, follow))


def _is_sent(contract: Contract, name: str, required: bool, known: Known) -> bool:
    wanted = name in CLAIMS or name in ALSO.get(contract.name, ())
    return required or (wanted and MEANS.get((contract.name, name), name) in known)


def _value(contract: Contract, name: str, known: Known) -> Any:
    meant = MEANS.get((contract.name, name), name)
    if meant not in known:
        raise Unknown(f"no {meant.replace('own_', '')} is known")
    return known[meant]


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body(contract: Contract, known: Known, follow: Callable[[Part], Part]) -> Any:
    if contract.body is None or not contract.body_required:
        return NO_BODY
    schema = follow(contract.body)
    if "properties" not in schema:
        return _value(contract, "body", known)
    required = schema.get("required", [])
    return {
        name: _value(contract, name, known)
        for name in schema["properties"]
        if _is_sent(contract, name, name in required, known)
    }
