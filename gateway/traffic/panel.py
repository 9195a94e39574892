"""What the dashboard shows of the journey: where it is, each operation on both upstreams, what differs, who is left."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg

from gateway.config.model import Config
from gateway.database.errors import AWAY
from gateway.rollout.changes import Refused
from gateway.rollout.command import connected
from gateway.rollout.evidence import collect, in_use, users
from gateway.rollout.judgement import overview
from gateway.rollout.rules import InvalidRules, Rules, parse
from gateway.rollout.store import Connection
from gateway.rollout.verdict import Evidence, Health
from gateway.traffic.report import stored

REMEMBERED_S: Final = 10.0
MOST: Final = 200
_UNTOLD: Final[tuple[type[Exception], ...]] = (
    *AWAY,
    Refused,
    InvalidRules,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
)


class Panel:
    """Reads the store when somebody looks, and remembers it for a moment."""

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._known: dict[str, Any] | None = None
        self._until = -1.0

    async def read(self) -> dict[str, Any] | None:
        """The journey; None without a store, or where it cannot be read now."""
        dsn = self._config.rollout.store
        if dsn is not None and self._clock() >= self._until:
            try:
                self._known = await connected(dsn, self._read)
            except _UNTOLD:
                self._known = None
            self._until = self._clock() + REMEMBERED_S
        return self._known

    async def _read(self, connection: Connection) -> dict[str, Any]:
        now, config = datetime.now(UTC), self._config
        found = await overview(connection, config)
        evidence = await collect(connection, config, now)
        rules = parse({key: found["traffic"][key] for key in ("step", "stopped", "percent", "operations")})
        names = await in_use(connection, now)
        since = now - timedelta(days=config.verdict.legacy_silent_days)
        left = await users(connection, since)
        return {
            **found,
            "operations": [_row(name, rules, evidence) for name in names],
            "differences": _differences(await stored(connection)),
            "people": [{**one, "last_at": one["last_at"].timestamp()} for one in left[:MOST]],
            "people_count": len(left),
        }


def _row(name: str, rules: Rules, evidence: Evidence) -> dict[str, Any]:
    compared = (evidence.compared or {}).get(name)
    return {
        "operation": name,
        "percent": rules.share(name),
        "compared": compared.compared if compared else 0,
        "different": sum(compared.differences.values()) if compared else 0,
        "old": _health((evidence.old or {}).get(name)),
        "new": _health((evidence.new or {}).get(name)),
    }


def _health(one: Health | None) -> dict[str, Any] | None:
    return one._asdict() if one else None


def _differences(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    places = [
        {"operation": one["operation"], **place}
        for one in report["operations"]
        for place in one["differences"]
    ]
    return sorted(places, key=lambda place: -place["count"])[:MOST]
