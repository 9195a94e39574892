"""Times as text: 2.1 ends them in ``Z``, older shapes write UTC and do not say so."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from contracts.model.document import read

_NAIVE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)


def utc_now() -> datetime:
    """The time as older shapes write it: UTC, and without saying so."""
    return datetime.now(UTC).replace(tzinfo=None)


def time_of(text: str | None) -> datetime | None:
    """An ISO time as a client writes it, with a zone (UTC where it names none); None for none and for no time."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def with_zone(value: Any) -> Any:
    """A time in UTC with its ``Z``; everything else as it is."""
    text = read({"t": value}, "t")
    if not isinstance(text, str):
        return value
    if _NAIVE.fullmatch(text):
        return text + "Z"
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else value


def without_zone(value: Any) -> Any:
    """A time of 2.1 without its ``Z``."""
    text = read({"t": value}, "t")
    return text.removesuffix("Z") if isinstance(text, str) else value
