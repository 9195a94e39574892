"""Brownouts: planned windows in which a share of the people on the legacy shape gets the 410 early.

They show who has not heard that the shape will end. Lists, polling and signs of life are never refused: the old client
turns their errors into invented entries. A person is in or out for a whole window, by a stable hash.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Self

from contracts.model.errors import GatewayError
from contracts.model.roster import Person
from gateway.config.traffic import Brownout
from gateway.exchange.chain import Backend
from gateway.exchange.choice import Choice, family_of
from gateway.exchange.routes import Match
from gateway.rollout.bucket import bucket, is_within
from gateway.rollout.rules import AT_ONCE

#: Hears of who was refused: the operation, the family of the client, the user.
Refused = Callable[[str, str, int], None]


class BrownedOut(GatewayError):
    """The legacy shape is off for a while; the message says until when."""

    status, code, fault = 410, "brownout", "client"
    default = "This version of the chat API is switched off for a while"


class Window(NamedTuple):
    """From the first moment up to the second, which is not in it. ``percent`` is of people."""

    start: datetime
    end: datetime
    percent: float

    @classmethod
    def of(cls, planned: Brownout) -> Self:
        """A window of the configuration, in UTC."""
        return cls(planned.from_.astimezone(UTC), planned.to.astimezone(UTC), planned.percent)

    def holds(self, user_id: int, now: datetime) -> bool:
        """Whether this person is refused now."""
        salt = f"brownout {self.start.isoformat()}"
        return self.start <= now < self.end and is_within(bucket(user_id, salt), self.percent)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H:%M:%SZ}/{self.end:%Y-%m-%dT%H:%M:%SZ}"


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


class BrownoutChoice:
    """A choice in front of another one. ``refused`` counts; ``heard`` are told of each refusal."""

    def __init__(
        self, behind: Choice, windows: Sequence[Window], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._behind = behind
        self._windows = windows
        self._now = now
        self.refused = 0
        self.heard: list[Refused] = []

    def __call__(self, match: Match, person: Person, agent: str) -> Backend:
        """The backend. Raises `BrownedOut`."""
        if match.shape == "legacy" and may_be_refused(match):
            now = self._now()
            window = next((one for one in self._windows if one.holds(person.user_id, now)), None)
            if window is not None:
                self._refuse(match, person, agent, window, now)
        return self._behind(match, person, agent)

    def _refuse(self, match: Match, person: Person, agent: str, window: Window, now: datetime) -> None:
        self.refused += 1
        for heard in self.heard:
            heard(match.operation.name, family_of(agent), person.user_id)
        seconds = max(1, int((window.end - now).total_seconds()))
        text = f"{BrownedOut.default}, as announced, until {window.end:%Y-%m-%d %H:%M} UTC"
        raise BrownedOut(text, headers={"Retry-After": str(seconds)})


def may_be_refused(match: Match) -> bool:
    """Whether an error of this operation is shown to a person, and not made an entry of a list."""
    form = match.operation.legacy
    return form is not None and form.method != "GET" and match.operation.name not in AT_ONCE


def announced(windows: Sequence[Window], now: datetime) -> str:
    """The windows that are not over, for the header; empty where none is left."""
    return ", ".join(str(one) for one in windows if one.end > now)
