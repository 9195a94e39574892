"""Differences between the old service and the new one that are meant, and known before anything is compared.

A time without a zone is the same as that time in UTC, and only that: another moment is a difference as ever. In the
old shape a key more is none, since no client reads it; a row more is one, unless it is declared.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from gateway.comparison.differences import Difference

_SCOPE: Final = "the new service has of the whole person what the old one has of one role"
_VOTES: Final = "the old service finds votes by a bare number, whatever the role"
_KEPT: Final = "only the old service keeps it"
#: Operation, place and kind, each with the reason; the operation ``*`` is every one, the kind ``*`` as well.
DECLARED: Final = {
    ("polls.list", "$.polls[].user_votes[]", "*"): _VOTES,
    ("polls.get", "$.user_votes[]", "*"): _VOTES,
    ("*", "$.message", "*"): "the wording of what was done",
    ("calls.list", "$.calls[].participants", "*"): _KEPT,
    ("call_logs.list", "$.call_logs[].participants", "*"): _KEPT,
    ("messages.list", "$.messages[].original_content", "*"): _KEPT,
    ("conversations.get", "$.pinned_messages[].status", "*"): "the old service does not say it of pins",
    ("conversations.list", "$.conversations[].name", "type"): "a direct one is named after the other person",
    ("settings.get", "$.settings.mute_until", "extra"): "the old service leaves out what was never chosen",
    ("messages.list", "$.messages[].status", "*"): "the old service knows it of one role only",
    ("typing.allowed", "$.status", "value"): "the old service does not ask who takes part",
}
#: In the old shape, what has another scope: lists of one role, and how long they are.
SCOPE: Final = {
    ("conversations.list", "$.conversations[]", "extra"),
    ("contacts.list", "$.contacts[]", "extra"),
    ("contacts.list", "$.total", "value"),
    ("connection_requests.list", "$.sent_requests[]", "extra"),
    ("connection_requests.list", "$.received_requests[]", "extra"),
    ("connection_requests.list", "$.sent_count", "value"),
    ("connection_requests.list", "$.received_count", "value"),
    ("blocks.list", "$.blocked[]", "extra"),
    ("sessions.list", "$.sessions[]", "extra"),
    ("calls.list", "$.calls[]", "extra"),
}
#: Who is there right now, which each service reckons in its own way, and at another moment.
_LIVE: Final = re.compile(
    r".*\.(is_online|online|last_seen|online_hidden|last_seen_hidden|last_active|is_active|time_remaining)"
)


class Place(NamedTuple):
    """Where a difference was found: the operation, whether in the old shape, and whether of a person of one role."""

    operation: str
    legacy: bool
    one_role: bool


class Declared:
    """What is meant: the tables above, and ``ignore`` of the configuration (``contacts.list $.contacts[].name``)."""

    def __init__(self, ignore: Iterable[str] = ()) -> None:
        self._places = {*DECLARED, *((*_place(text), "*") for text in ignore)}

    def excuses(self, place: Place, one: Difference) -> bool:
        """Whether this difference is meant."""
        named = ((name, one.path, kind) for name in (place.operation, "*") for kind in (one.kind, "*"))
        if not self._places.isdisjoint(named) or _LIVE.fullmatch(one.path):
            return True
        if one.kind == "value" and is_same_time(one.old, one.new):
            return True
        return place.legacy and _of_the_old_shape(place, one)


def _of_the_old_shape(place: Place, one: Difference) -> bool:
    if one.kind == "extra" and not one.path.endswith("[]"):
        return True
    if place.one_role:
        return False
    if place.operation == "settings.get" and one.path.startswith("$.settings."):
        return True
    return (place.operation, one.path, one.kind) in SCOPE


def in_utc(document: Any) -> Any:
    """The document with every time written in UTC, so that two spellings of a moment are one text."""
    if isinstance(document, dict):
        return {name: in_utc(value) for name, value in document.items()}
    if isinstance(document, list):
        return [in_utc(item) for item in document]
    found = _time(document)
    return document if found is None else found.astimezone(UTC).isoformat()


def _place(text: str) -> tuple[str, str]:
    operation, _, path = text.partition(" ")
    return operation, path


def is_same_time(one: object, other: object) -> bool:
    """Whether two texts name one moment, where at most the zone is left out: the old service means UTC."""
    first, second = _time(one), _time(other)
    return first is not None and first == second


def _time(value: object) -> datetime | None:
    if not isinstance(value, str) or not 19 <= len(value) <= 35:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
