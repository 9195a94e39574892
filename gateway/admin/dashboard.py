"""The dashboard on the admin address, where the folder `web` is installed. It is found by name, as commands are."""

import importlib
import importlib.util
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import asyncpg
from aiohttp import web

from contracts.model.pooler import Connector
from gateway.database.errors import AWAY

PAGE: Final = "web.dashboard"
#: The phase changes a few times in a migration's life; nobody needs it sooner.
REMEMBERED_S: Final = 10.0
_WAIT_S: Final = 2.0
#: Why the phase is not known now: ValueError is an address that is none.
_UNTOLD: Final[tuple[type[Exception], ...]] = (*AWAY, ValueError)


def mount(
    application: web.Application,
    metrics: Callable[[], bytes],
    dsn: str | None,
    callers: Callable[[], Sequence[Any]] = tuple,
    rollout: Callable[[], Awaitable[Any]] | None = None,
) -> bool:
    """Add the dashboard; False where it is not installed.

    ``metrics`` gives the exposition format, ``dsn`` is the database whose migration is shown, ``callers`` who still
    uses the old shape, ``rollout`` where the traffic is on its way from one upstream to the other.
    """
    if importlib.util.find_spec(PAGE.partition(".")[0]) is None or importlib.util.find_spec(PAGE) is None:
        return False
    phase = Phase(dsn)

    async def extras() -> dict[str, Any]:
        journey = await rollout() if rollout else None
        return {"phase": await phase.read(), "callers": list(callers()), "rollout": journey}

    importlib.import_module(PAGE).mount_dashboard(application, metrics, extras)
    return True


class Phase:
    """How far the database's migration is, as its own record says; remembered for a moment."""

    def __init__(self, dsn: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._dsn = dsn
        self._clock = clock
        self._connect = Connector(asyncpg, {"application_name": "chat-gateway"})
        self._known: str | None = None
        self._until = -1.0

    async def read(self) -> str | None:
        """The last complete phase, "not begun", or None when the database cannot be asked."""
        if self._dsn is not None and self._clock() >= self._until:
            self._known = await self._ask(self._dsn)
            self._until = self._clock() + REMEMBERED_S
        return self._known

    async def _ask(self, dsn: str) -> str | None:
        try:
            connection = await self._connect(dsn, timeout=_WAIT_S, command_timeout=_WAIT_S)
            try:
                if await connection.fetchval("SELECT to_regclass('chat_migration.run')") is None:
                    return "not begun"
                return str(await connection.fetchval("SELECT phase FROM chat_migration.run") or "not begun")
            finally:
                await connection.close(timeout=_WAIT_S)
        except _UNTOLD:
            return None
