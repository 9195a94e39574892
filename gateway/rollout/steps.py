"""The steps of the whole journey, over traffic and database, and what each waits for.

    observe -> translate -> compare -> canary -> moved -> deprecated -> brownout -> sunset -> contract

A step is entered from its neighbour only. It is refused while the other half is not there: no canary before the
database is constrained, no contract before the sunset, no way back of the database while users are on the new backend.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from gateway.rollout.rules import Rules

STEPS: Final = (
    "observe",
    "translate",
    "compare",
    "canary",
    "moved",
    "deprecated",
    "brownout",
    "sunset",
    "contract",
)
#: The phases of the database migration, in order; `migration` writes them, the gateway only reads.
PHASES: Final = ("none", "expand", "backfill", "merge", "constrain", "contract")
#: A brownout without notice hits people who cannot know.
NOTICE: Final = timedelta(days=14)


class Waits(NamedTuple):
    """Something that must come first: a fixed code, a sentence, and the command that does it."""

    code: str
    text: str
    command: str = ""


class World(NamedTuple):
    """What the steps look at. ``phase`` is None when the database cannot be read; times have a zone."""

    rules: Rules
    phase: str | None
    deprecated_at: datetime | None
    sunset_at: datetime | None
    brownouts: int
    now: datetime


def after(step: str) -> str | None:
    """The next step; None after the last. Raises ValueError for an unknown one."""
    number = STEPS.index(step) + 1
    return STEPS[number] if number < len(STEPS) else None


def before(step: str) -> str | None:
    """The step to go back to; None before the first. Raises ValueError for an unknown one."""
    number = STEPS.index(step)
    return STEPS[number - 1] if number else None


def waits_for(step: str, world: World) -> list[Waits]:
    """What must come before ``step`` can be entered; the verdict is asked separately."""
    return [waits for waits in _all(step, world) if waits]


def _all(step: str, world: World) -> Iterable[Waits | None]:
    if step in ("canary", "moved"):
        yield _phase(world, "constrain")
    if step == "deprecated":
        yield _everybody_moved(world.rules)
        yield _announced(world)
    if step == "brownout":
        yield _noticed(world)
        yield (
            None if world.brownouts else Waits("brownouts", "no brownout is planned", "configure `brownouts`")
        )
    if step == "sunset":
        yield _sunset_passed(world)
    if step == "contract":
        yield _sunset_passed(world)
        yield _phase(world, "constrain")


def _phase(world: World, least: str) -> Waits | None:
    return waits_for_phase(world.phase, least)


def waits_for_phase(phase: str | None, least: str) -> Waits | None:
    """What must come first where the database has not reached a phase; ``phase`` is None where it cannot be read."""
    if phase is None:
        return Waits("database_unknown", "the database's phase cannot be read", "chat-gateway migrate status")
    if phase in PHASES and PHASES.index(phase) >= PHASES.index(least):
        return None
    command = f"chat-gateway migrate up --to {least}"
    return Waits("database_phase", f"the database is in phase {phase}, {least} is needed", command)


def _everybody_moved(rules: Rules) -> Waits | None:
    left = sorted(name for name, percent in rules.operations.items() if percent is not None and percent < 100)
    if rules.stopped or rules.percent < 100 or left:
        what = ", ".join(left[:3]) or f"{rules.percent:g} % of the users"
        return Waits(
            "not_moved", f"not everybody is on the new backend: {what}", "chat-gateway rollout advance"
        )
    return None


def _announced(world: World) -> Waits | None:
    if world.deprecated_at is None:
        return Waits("not_announced", "no date is announced", "configure `deprecation.legacy_deprecated_at`")
    return None


def _noticed(world: World) -> Waits | None:
    if world.deprecated_at is None or world.now - world.deprecated_at < NOTICE:
        return Waits("too_early", f"the end was announced less than {NOTICE.days} days ago", "wait")
    return None


def _sunset_passed(world: World) -> Waits | None:
    if world.sunset_at is None:
        return Waits("no_sunset", "no sunset is configured", "configure `deprecation.legacy_sunset_at`")
    if world.now < world.sunset_at:
        return Waits("before_sunset", f"the sunset is on {world.sunset_at:%Y-%m-%d %H:%M} UTC", "wait")
    return None


def blocks_migrate_down(rules: Rules) -> Waits | None:
    """Why the database must not go back: users are on the new backend."""
    shares = [percent for percent in rules.operations.values() if percent is not None]
    if not rules.stopped and (rules.percent > 0 or any(shares) or rules.people.first):
        return Waits("people_moved", "users are on the new backend", "chat-gateway rollout stop")
    return None
