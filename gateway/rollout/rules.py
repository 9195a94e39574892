"""The rules of a rollout as one value with a version: who goes where, and whether it is stopped.

0, null and a missing key are three things: 0 sends nobody, null (or a missing key) leaves the decision to the next
rule. Whatever is not exactly of this form is refused when it is saved, never guessed at when it is read.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.rollout.bucket import ALGORITHM

#: The form of the stored rules. A process that knows only older forms refuses them and says so.
FORMAT: Final = 1
#: Operations whose state lives in a backend's memory: everybody moves at once.
AT_ONCE: Final = frozenset({"typing.get", "typing.set", "presence.get", "presence.bulk", "presence.update"})

Percent = float


class InvalidRules(ValueError):
    """Rules that are not of the form; the message names the key."""


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Users who go to the new backend first, and users who go last, by id."""

    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the rules. ``salts`` holds the unchanging id under which an operation's users are hashed."""

    version: int = 0
    format: int = FORMAT
    algorithm: str = ALGORITHM
    step: str = "observe"
    stopped: bool = False
    percent: Percent = 0.0
    operations: Mapping[str, Percent | None] = {}
    people: People = People()
    clients: Mapping[str, Percent | None] = {}
    salts: Mapping[str, str] = {}
    salt: str = "rollout"

    def share(self, operation: str) -> Percent:
        """The share of users that the new backend answers for this operation, in percent."""
        own = self.operations.get(operation)
        return self.percent if own is None else own


def parse(document: Mapping[str, Any]) -> Rules:
    """The rules of a stored or configured document. Raises `InvalidRules`."""
    try:
        rules = msgspec.convert(document, Rules, strict=True)
    except msgspec.ValidationError as error:
        raise InvalidRules(str(error)) from None
    check(rules)
    return rules


def check(rules: Rules) -> None:
    """Raises `InvalidRules` for a form or algorithm that is not known, and for shares that are none."""
    if rules.format != FORMAT:
        raise InvalidRules(f"format: {rules.format} is not known here, only {FORMAT}")
    if rules.algorithm != ALGORITHM:
        raise InvalidRules(f"algorithm: {rules.algorithm} is not known here, only {ALGORITHM}")
    check_percent("percent", rules.percent)
    for name, percent in (*rules.operations.items(), *rules.clients.items()):
        check_percent(name, percent)
    for name, percent in rules.operations.items():
        if name in AT_ONCE and percent not in (None, 0, 100):
            raise InvalidRules(
                f"{name}: lives in a backend's memory and moves for everybody at once: 0 or 100"
            )
    both = rules.people.first & rules.people.last
    if both:
        raise InvalidRules(f"people: {min(both)} cannot be among the first and the last")


def check_percent(name: str, percent: Percent | None) -> None:
    """Raises `InvalidRules` unless this is None or a number from 0 to 100."""
    if percent is not None and (math.isnan(percent) or not 0 <= percent <= 100):
        raise InvalidRules(f"{name}: must be a number from 0 to 100, not {percent}")
