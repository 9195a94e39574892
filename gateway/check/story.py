"""What is asked, in which order, with which values: the contract says what an operation needs, its row what is sent.

Only what the story made itself is edited, pinned, voted on, ended or deleted. What cannot be taken back is not tried.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from adapters import OPERATIONS
from contracts.operation import PLAIN_TRIAL
from contracts.specs.openapi import Contract, Part

#: What is known so far, by name: who calls, what was found in lists, what the story made.
Known = dict[str, Any]


class Ask(NamedTuple):
    """A request: ``target`` is path and query; ``body`` is the JSON value, `NO_BODY` for none."""

    method: str
    target: str
    body: Any


class Unknown(Exception):
    """The operation needs a value that is not known."""


NO_BODY: Final = object()
TEXT: Final = "A contract check wrote this and deletes it at once."
#: The caller is named wherever the operation has a place for it.
CLAIMS: Final = ("profile_id", "profile_type", "user_id")
#: Names that mean something else in operations that stream through, and so have no row in `adapters`.
_MEANS_ELSEWHERE: Final[Mapping[str, Mapping[str, str]]] = {
    "profiles.get": {"type": "profile_type", "id": "profile_id"},
}
_TRIALS: Final = {row.name: row.trial for row in OPERATIONS}
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
#: What `check --write` does, in order. A step whose values are missing is passed over.
STORY: Final = tuple(row.name for row in OPERATIONS if row.trial.step)
_CHANGES_CONNECTION: Final = "would change a connection"
#: Why an operation is not part of the story.
NOT_TRIED: Final[Mapping[str, str]] = {
    "connections.create": _CHANGES_CONNECTION,
    "connections.update": _CHANGES_CONNECTION,
    "connections.delete": _CHANGES_CONNECTION,
    **{row.name: row.trial.skipped for row in OPERATIONS if row.trial.skipped},
}


def meaning(operation: str, name: str) -> str:
    """The name under which the value for this name of the operation's request is known."""
    trial = _TRIALS.get(operation)
    means = trial.means if trial else _MEANS_ELSEWHERE.get(operation, {})
    return means.get(name, name)


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
    trial = _TRIALS.get(contract.name, PLAIN_TRIAL)
    wanted = name in CLAIMS or name in trial.also
    return required or (wanted and meaning(contract.name, name) in known)


def _value(contract: Contract, name: str, known: Known) -> Any:
    meant = meaning(contract.name, name)
    if meant not in known:
        raise Unknown(f"no {meant.replace('own_', '')} is known")
    return known[meant]


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body(contract: Contract, known: Known, follow: Callable[[Part], Part]) -> Any:
    if contract.body is None:
        return NO_BODY
    schema = follow(contract.body)
    also = _TRIALS.get(contract.name, PLAIN_TRIAL).also
    if not contract.body_required and not any(
        name in known for name in schema.get("properties", ()) if name in also
    ):
        return NO_BODY
    if "properties" not in schema:
        return _value(contract, "body", known)
    required = schema.get("required", [])
    return {
        name: _value(contract, name, known)
        for name in schema["properties"]
        if _is_sent(contract, name, name in required, known)
    }
