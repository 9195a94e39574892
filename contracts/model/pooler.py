"""Connections that work through a pooler of connections (PgBouncer and its kind), too.

In its transaction mode a pooler gives a client another server connection for every transaction. So nothing may outlive
one: no named statement, no setting of the session. And it refuses or ignores settings that come with the start. Where a
server is reached directly both are kept, since they save round trips. Nothing here imports the driver: it is given.
"""

import asyncio
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

_NAME: Final = "application_name"


class Connector:
    """The ``connect`` of a pool (asyncpg): finds out once whether there is a pooler, and connects accordingly.

    ``driver`` is the module asyncpg. ``settings`` are those of a session; through a pooler each transaction begins
    with them instead.
    """

    def __init__(self, driver: ModuleType, settings: Mapping[str, str]) -> None:
        self._driver = driver
        self._settings = dict(settings)
        self._class = _in_transactions(driver.Connection, _as_sql(settings))
        self._finding_out = asyncio.Lock()
        #: Whether connections go through a pooler; None until the first one was made.
        self.pooled: bool | None = None

    async def __call__(self, *arguments: Any, **options: Any) -> Any:
        """A connection with the options of the pool. Raises what the driver raises."""
        if self.pooled is None:
            async with self._finding_out:
                if self.pooled is None:
                    return await self._first(arguments, options)
        return await (self._through if self.pooled else self._directly)(arguments, options)

    async def _first(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        connection = await self._through(arguments, options)
        try:
            self.pooled = await is_pooled(connection)
        except BaseException:
            connection.terminate()
            raise
        if self.pooled:
            return connection
        await connection.close()
        return await self._directly(arguments, options)

    async def _directly(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return await self._driver.connect(*arguments, **{**options, "server_settings": self._settings})

    async def _through(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        name = {key: value for key, value in self._settings.items() if key == _NAME}
        more = {"server_settings": name, "statement_cache_size": 0, "connection_class": self._class}
        return await self._driver.connect(*arguments, **{**options, **more})


async def is_pooled(connection: Any) -> bool:
    """Whether a pooler stands between: it says a process number of its own. ``connection`` keeps no statements."""
    async with connection.transaction():
        return bool(await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid())


def _as_sql(settings: Mapping[str, str]) -> str:
    """The settings of a session as those of one transaction; names and values are constants of ours.

    A default for transactions would come too late for this one: ``default_transaction_read_only``.
    """
    kept = {name.removeprefix("default_"): value for name, value in settings.items() if name != _NAME}
    return "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in kept.items())


def _in_transactions(base: type[Any], settings: str) -> type[Any]:
    """A class of connections that ask nothing outside a transaction."""
    methods = ("execute", "fetch", "fetchrow", "fetchval", "executemany")
    return type("InTransactions", (base,), {name: _asking(base, name, settings) for name in methods})


def _asking(base: Any, name: str, settings: str) -> Any:
    ask = getattr(base, name)

    async def method(self: Any, *arguments: Any, **options: Any) -> Any:
        simple = name == "execute" and len(arguments) == 1  # one round trip, and no statement
        if simple or self.is_in_transaction():
            return await ask(self, *arguments, **options)
        async with self.transaction():
            if settings:
                await base.execute(self, settings)
            return await ask(self, *arguments, **options)

    return method
