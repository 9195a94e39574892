"""What the commands about the traffic share: the configuration, the store, and how a refusal is said."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final, NoReturn, TypeVar

import asyncpg
import typer

from gateway.config.model import Config, ConfigError, load
from gateway.database.errors import AWAY
from gateway.rollout import store
from gateway.rollout.changes import Refused
from gateway.rollout.rules import InvalidRules

REFUSED: Final = 2
CONNECT_S: Final = 5.0
T = TypeVar("T")

File = Annotated[Path, typer.Option("--config", help="The configuration, see config.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output.")]
NOT_INITIALISED: Final = "the store is not initialised: chat-gateway rollout init comes first"


def loaded(file: Path) -> Config:
    """The configuration; ends the command with 2 where it is refused."""
    try:
        return load(file, os.environ)
    except ConfigError as refused:
        refuse(str(refused))


def in_store(settings: Config, work: Callable[[store.Connection], Awaitable[T]]) -> T:
    """Do something with the store; ends the command with 2 where there is none, or it is away or empty."""
    dsn = settings.rollout.store
    if dsn is None:
        refuse("rollout.store is not configured: the configuration alone decides")
    try:
        return asyncio.run(connected(dsn, work))
    except (Refused, store.Conflict, InvalidRules) as refused:
        refuse(str(refused))
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        refuse(NOT_INITIALISED)
    except AWAY as failure:
        refuse(f"the store cannot be reached ({type(failure).__name__})")


def is_away(settings: Config) -> bool:
    """Whether there is a store that cannot be reached."""

    async def nothing(connection: store.Connection) -> None:
        return None

    try:
        if settings.rollout.store is not None:
            asyncio.run(connected(settings.rollout.store, nothing))
    except AWAY:
        return True
    return False


async def connected(dsn: str, work: Callable[[store.Connection], Awaitable[T]]) -> T:
    """Do something on a connection of its own. Raises what asyncpg raises, TimeoutError after `CONNECT_S`."""
    async with asyncio.timeout(CONNECT_S):
        connection = await asyncpg.connect(dsn)
    try:
        return await work(connection)
    finally:
        await connection.close()


async def state(connection: store.Connection) -> store.State:
    """The rules and their last change. Raises `Refused` where there are none."""
    try:
        found = await store.read(connection)
    except asyncpg.UndefinedTableError:
        found = None
    if found is None:
        raise Refused(NOT_INITIALISED)
    return found


def refuse(message: str) -> NoReturn:
    """End the command with 2."""
    typer.echo(f"chat-gateway: {message}", err=True)
    raise typer.Exit(REFUSED)
