"""What legacy answers say about their end (RFC 9745, RFC 8594), and the end itself."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final, Self

from contracts.model.errors import GatewayError
from contracts.model.http import Headers
from gateway.config.model import Deprecation as Rules

#: A field of every legacy answer: the brownouts that are not over, as ISO 8601 intervals in UTC.
FIELD: Final = "X-Chat-Brownouts"


class Gone(GatewayError):
    """The legacy shape has been switched off."""

    status, code, fault = 410, "gone", "client"
    default = "This version of the chat API has been switched off"


class Deprecation:
    """``deprecated_at`` and ``sunset_at`` are moments with a time zone, or None; ``link`` explains them."""

    def __init__(
        self,
        deprecated_at: datetime | None,
        sunset_at: datetime | None,
        link: str | None,
        brownouts: str = "",
    ) -> None:
        """``brownouts`` announces the planned windows (`gateway.exchange.brownout.announced`)."""
        self._sunset_s = sunset_at.timestamp() if sunset_at else None
        self.has_end = sunset_at is not None
        self._fields = _fields(deprecated_at, sunset_at, link)
        if brownouts:
            self._fields = (*self._fields, (FIELD, brownouts))

    @classmethod
    def from_config(cls, rules: Rules, brownouts: str = "") -> Self:
        """What `deprecation` of the configuration says, and which windows are announced."""
        return cls(rules.legacy_deprecated_at, rules.legacy_sunset_at, rules.link, brownouts)

    def fields(self, shape: str) -> Headers:
        """The header fields of an answer in this shape, errors included."""
        return self._fields if shape == "legacy" else ()

    def check(self, shape: str, now_s: float | None = None) -> None:
        """Raise `Gone` for what is legacy after the sunset; ``now_s`` in seconds since 1970."""
        if shape == "legacy" and self.over(now_s):
            raise Gone

    def over(self, now_s: float | None = None) -> bool:
        """Whether the sunset has passed."""
        if self._sunset_s is None:
            return False
        return (time.time() if now_s is None else now_s) >= self._sunset_s


def _fields(deprecated_at: datetime | None, sunset_at: datetime | None, link: str | None) -> Headers:
    fields: list[tuple[str, str]] = []
    if deprecated_at:
        fields.append(("Deprecation", f"@{int(deprecated_at.timestamp())}"))  # RFC 9745: a structured date
    if sunset_at:
        fields.append(("Sunset", format_datetime(sunset_at.astimezone(UTC), usegmt=True)))
    if fields and link:
        relations = ["deprecation", "sunset"] if sunset_at else ["deprecation"]
        links = [f'<{link}>; rel="{relation}"; type="text/html"' for relation in relations]
        fields.append(("Link", ", ".join(links)))
    return tuple(fields)


#: No end in sight.
UNLIMITED: Final = Deprecation(None, None, None)
