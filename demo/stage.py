"""The whole system on this machine, as one thing that can be entered and left: database, backend, gateway, page."""

import asyncio
import contextlib
import importlib.util
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from aiohttp import web

from backend import serve as backend
from backend.legacy import serve as old_backend
from backend.services.mail import Smtp
from demo.databases import PostgresServer, execute
from demo.mail import catching
from demo.people import read_people
from demo.postgres import EmbeddedPostgres
from gateway.config.model import Config, parse
from gateway.runtime import serve as gateway
from gateway.runtime.process import Running
from migration import run as migration
from migration.engine.progress import Progress

ROOT: Final = Path(__file__).parent
SQL: Final = ROOT / "sql"
#: The throwaway key under which the story's old messages are encrypted (demo/sql/story.sql).
ENCRYPTION_KEY: Final = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


class Stage(NamedTuple):
    """Everything that runs. Addresses are URLs; ``people`` as `demo.people.read_people` gives them."""

    gateway: str
    backend: str
    old_backend: str
    admin: str
    page: str | None
    database: str
    people: list[dict[str, Any]]
    nodes: list[str]
    running: Running

    def described(self) -> dict[str, Any]:
        """What ``demo --json`` prints."""
        return {key: value for key, value in self._asdict().items() if key != "running"}


SCHEMA: Final = ROOT.parent / "migration" / "sql"
#: A fresh installation with the story in it, by user ids.
FRESH: Final = (SCHEMA / "user_schema.sql", SQL / "story.sql", SCHEMA / "directory_notify.sql")
#: The same story as the profile-based service left it.
LEGACY: Final = (SCHEMA / "legacy_schema.sql", SQL / "legacy_story.sql")


def load(server: PostgresServer, name: str, files: Iterable[Path]) -> str:
    """A new database with these SQL files in it; returns its DSN."""
    dsn = server.create_database(name)
    for file in files:
        execute(dsn, file.read_text(encoding="utf-8"))
    return dsn


def migrated(server: PostgresServer, name: str, progress: Progress | None = None) -> str:
    """A database with years of the profile-based chat, taken to user ids by the tool; returns its DSN."""
    dsn = load(server, name, LEGACY)
    asyncio.run(migration.up(dsn, backup=False, progress=progress))
    return dsn


def configuration(dsn: str, backend_url: str, secret: str, *, port: int = 0, **more: Any) -> Config:
    """The gateway's configuration for the demo: free ports unless given; ``more`` are sections of config.yaml."""
    sections: dict[str, Any] = {
        "listen": f"127.0.0.1:{port}",
        "admin": {"listen": "127.0.0.1:0"},
        "upstream": {"url": backend_url},
        "auth": {"secret": secret},
        "directory": {"sources": [{"dsn": dsn}]},
    }
    return parse({**sections, **more})


@contextlib.asynccontextmanager
async def staged(
    dsn: str, secret: str, *, port: int = 0, observe: bool = True, **more: Any
) -> AsyncIterator[Stage]:
    """Backend, gateway and page over a database that is there already.

    ``port`` is the gateway's, 0 a free one. Raises OSError when it is taken.
    """
    people = await read_people(dsn, secret)
    extend, observer = _page(people, secret) if observe else (None, None)
    async with backends(dsn, secret, extend) as (service, old):
        config = configuration(dsn, service, secret, port=port, **more)
        async with gateway.running(config, observer=observer) as front:
            page = f"{front.url}/demo/" if extend else None
            yield Stage(front.url, service, old, front.admin_url, page, dsn, people, [], front)


@contextlib.asynccontextmanager
async def backends(
    dsn: str, secret: str, extend: Callable[[web.Application], None] | None = None
) -> AsyncIterator[tuple[str, str]]:
    """The user-based and the role-based backend on one database and one directory of files; gives their URLs."""
    with TemporaryDirectory(prefix="chat-media-") as directory:
        shared: dict[str, Any] = {"encryption_keys": ENCRYPTION_KEY, "media_directory": Path(directory)}
        async with (
            catching(_print_mail) as (mail_url, _),
            backend.running(
                dsn, secret, extend=extend, mail=Smtp(mail_url, "chat@demo.example"), **shared
            ) as service,
            old_backend.running(dsn, secret, **shared) as old,
        ):
            yield service, old


def _print_mail(mail: EmailMessage) -> None:
    """The demo sends no mail to anybody: what would be sent is shown."""
    print(f"mail to {mail['To']}: {mail['Subject']}\n{mail.get_content()}", file=sys.stderr, flush=True)


def _page(
    people: list[dict[str, Any]], secret: str
) -> tuple[Callable[[web.Application], None] | None, Callable[[Any], None] | None]:
    """The page with both modals, and what shows it the wire; (None, None) where it is not installed."""
    if importlib.util.find_spec("web.serve") is None:
        return None, None
    from web.serve import mount
    from web.wire import Bus

    bus = Bus()
    return lambda app: mount(app, people, bus), bus.publish


@contextlib.asynccontextmanager
async def everything(
    secret: str | None = None, *, port: int = 0, progress: Progress | None = None
) -> AsyncIterator[Stage]:
    """The demo with a PostgreSQL of its own. A missing secret is a random one; ``progress`` hears what is done."""
    progress = progress or Progress()
    server = EmbeddedPostgres()
    progress.note("PostgreSQL starts, with a chat of the old kind, which is migrated:")
    await asyncio.to_thread(server.__enter__)
    try:
        dsn = await asyncio.to_thread(migrated, server, "astegni", progress)
        progress.note("Backend, gateway and page start.")
        async with staged(dsn, secret or secrets.token_urlsafe(48), port=port) as stage:
            yield stage
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)
