"""The dashboard on the admin address: how far the migration is, in figures that renew themselves.

`mount_dashboard(app, stats)` adds `/dashboard/` and `/dashboard/data`. The admin application guards them like all it
has. ``stats`` gives the gateway's metrics as text; ``extras`` what metrics do not hold: the phase of the migration
and who still uses the old shape.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from aiohttp import web

from web.figures import Point, Totals, between, by_operation, read
from web.static_files import HEADERS, STATIC, add_files, answer

PREFIX: Final = "/dashboard"
INTERVAL_S: Final = 5.0
#: One hour.
POINTS: Final = 720
#: Files beside the dashboard's own that it uses.
SHARED: Final = (
    "shared/dom.js",
    "shared/urls.js",
    "styles/base.css",
    "vendor/uplot.js",
    "vendor/uplot.css",
    "icon.svg",
)

Stats = Callable[[], bytes | str]
Extras = Callable[[], Awaitable[Mapping[str, Any]]]


class History:
    """The last hour, one point an interval."""

    def __init__(self, stats: Stats, clock: Callable[[], float] = time.time) -> None:
        self._stats = stats
        self._clock = clock
        self.points: deque[Point] = deque(maxlen=POINTS)
        self.totals = self._read()
        self._last = clock()

    def sample(self) -> None:
        """Add the point from the last sample until now."""
        totals, now = self._read(), self._clock()
        if now > self._last:
            self.points.append(between(self.totals, totals, now - self._last, now))
        self.totals, self._last = totals, now

    def current(self) -> Totals:
        """The totals of this moment."""
        return self._read()

    def _read(self) -> Totals:
        text = self._stats()
        return read(text if isinstance(text, str) else text.decode())


def mount_dashboard(app: web.Application, stats: Stats, extras: Extras | None = None) -> History:
    """Add the dashboard; the history begins now and is sampled while the application runs."""
    history = History(stats)

    async def data(_: web.Request) -> web.Response:
        more = await extras() if extras else {}
        body = msgspec.json.encode(snapshot(history, more))
        return web.Response(body=body, content_type="application/json", headers=HEADERS)

    async def sampling(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_sample_for_ever(history))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    app.cleanup_ctx.append(sampling)
    app.router.add_get(f"{PREFIX}/data", data)
    for name in SHARED:
        app.router.add_get(f"{PREFIX}/{name}", _giver(name))
    add_files(app, PREFIX, STATIC / "dashboard")
    return history


def snapshot(history: History, more: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the page shows."""
    totals = history.current()
    return {
        "points": list(history.points),
        "operations": by_operation(totals),
        "lookups": totals.lookups,
        "events": totals.events,
        "upstream_errors": totals.upstream_errors,
        "phase": more.get("phase"),
        "callers": more.get("callers", []),
        "rollout": more.get("rollout"),
    }


def _giver(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def give(_: web.Request) -> web.StreamResponse:
        return answer(STATIC / name)

    return give


async def _sample_for_ever(history: History) -> None:
    while True:
        await asyncio.sleep(INTERVAL_S)
        history.sample()
