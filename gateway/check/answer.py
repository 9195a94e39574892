"""An answer of a server under test."""

import json
from typing import Any, Final, NamedTuple

#: How a server names a path that it does not know, as against a thing that is not there.
UNKNOWN_ROUTE: Final = "Not Found"
_LONGEST: Final = 80


class Answer(NamedTuple):
    """An answer; ``body`` is the parsed JSON, or the text where there is no JSON."""

    status: int
    body: Any
    is_json: bool

    @property
    def is_missing(self) -> bool:
        """Whether the route is unknown, and not only what was asked for."""
        if self.status == 405:
            return True
        return self.status == 404 and self._detail in (None, UNKNOWN_ROUTE)

    @property
    def _detail(self) -> Any:
        return self.body.get("detail") if isinstance(self.body, dict) else None

    def __str__(self) -> str:
        detail = self._detail if isinstance(self.body, dict) else self.body
        return f"{self.status} {short(detail)}"


def answer_of(status: int, text: str) -> Answer:
    """An answer from its status and its body's text."""
    try:
        return Answer(status, json.loads(text), True)
    except ValueError:
        return Answer(status, text, False)


def short(value: Any) -> str:
    """A value as it is shown: its JSON, cut; of an object or a list only that it is one."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
