"""Named reads: facts that only the database has, one statement a call, for the few operations that need them.

Nothing is decided by these rows, they only add entries to a list. Therefore, unlike everything about who is who, a
read that fails gives no rows and is counted, and the list still answers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from cachetools import TTLCache

from contracts.model.errors import Unavailable
from contracts.model.task import enter_task
from gateway.database.relations_query import COLUMNS, RELATIONS, Part, Tables, statement

#: An unchanged legacy client asks for the list seven times a minute; it hears of a new relative half a minute later.
KEPT_S: Final = 30.0
#: In rows over all people, each answer counting as one more.
KEPT_ROWS: Final = 100_000
#: The tables are looked at again that often, as the directory does.
INSPECT_EVERY_S: Final = 300.0
#: Reads at once, fewer than the directory has connections: a locked table must not stop it from knowing people.
AT_ONCE: Final = 4
#: After a failure nobody waits for the database for this long.
PAUSE_S: Final = 5.0

Row = dict[str, Any]
#: A statement and its arguments to rows; raises `Unavailable`. See `gateway.directory.source.Source.fetch`.
Fetch = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]

#: Name -> the parts of its statement. Arguments of each: ``profile_type``, ``profile_id``, ``user_id``.
READS: Final[Mapping[str, tuple[Part, ...]]] = {"relations": RELATIONS}


class Reads:
    """The named reads of one database. ``clock`` gives seconds that never go back.

    Counters: ``asked``, statements that were sent; ``missed``, reads that gave nothing because they failed.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: TTLCache[tuple[str, str, int, int], list[Row]] = TTLCache(
            KEPT_ROWS, KEPT_S, timer=clock, getsizeof=lambda rows: len(rows) + 1
        )
        self._few = asyncio.Semaphore(AT_ONCE)
        self._away_until: float | None = None
        self._tables: Tables = {}
        self._inspected_at: float | None = None
        self.asked = 0
        self.missed = 0

    def peek(self, name: str, *, profile_type: str, profile_id: int, user_id: int) -> list[Row] | None:
        """The rows that are remembered, the very same ones each time, or None."""
        return self._kept.get((name, profile_type, profile_id, user_id))

    async def read(self, name: str, *, profile_type: str, profile_id: int, user_id: int) -> list[Row]:
        """The rows of a named read for this caller, at most `KEPT_S` old; none while they cannot be had."""
        key = (name, profile_type, profile_id, user_id)
        rows = self._kept.get(key)
        if rows is None:
            await enter_task()
            try:
                async with self._few:
                    rows = await self._rows(READS[name], profile_type, profile_id, user_id)
            except Unavailable:
                self.missed += 1
                return []
            self._kept[key] = rows
        return rows

    async def _rows(self, parts: Sequence[Part], type_: str, id_: int, user_id: int) -> list[Row]:
        if self._away_until is not None and self._clock() < self._away_until:
            raise Unavailable
        try:
            return await self._ask(parts, type_, id_, user_id)
        except Unavailable:
            self._inspected_at = None  # a table may just have gone
            self._away_until = self._clock() + PAUSE_S
            raise

    async def _ask(self, parts: Sequence[Part], type_: str, id_: int, user_id: int) -> list[Row]:
        if self._inspected_at is None or self._clock() - self._inspected_at > INSPECT_EVERY_S:
            await self._inspect()
        sql = statement(parts, self._tables, type_)
        if sql is None:
            return []
        self.asked += 1
        return [dict(row) for row in await self._fetch(sql, type_, id_, user_id)]

    async def _inspect(self) -> None:
        names = sorted({name for parts in READS.values() for part in parts for name in part.needs})
        tables: dict[str, set[str]] = {}
        for row in await self._fetch(COLUMNS, names):
            tables.setdefault(row["table_name"], set()).add(row["column_name"])
        self._tables, self._inspected_at = tables, self._clock()
