"""Run the old service: inside a program with `running`, or from the command line.

`python -m backend.legacy.serve --dsn DSN --listen 127.0.0.1:8000`; SECRET_KEY and CHAT_ENCRYPTION_KEY come from the
environment. It listens on this machine only: it believes whoever asks.
"""

import argparse
import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path

from backend.legacy.app import create_app
from backend.listening import host_and_port, listening, until_stopped


@contextlib.asynccontextmanager
async def running(
    dsn: str,
    secret: str,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    encryption_keys: str | None = None,
    media_directory: Path | None = None,
) -> AsyncIterator[str]:
    """The service at work; gives its URL. Port 0 is a free one. Raises ValueError for an address beyond loopback."""
    if not ip_address(host).is_loopback:
        raise ValueError(f"{host}: the old service checks no token, so it listens on loopback only")
    keys = os.environ.get("CHAT_ENCRYPTION_KEY", "") if encryption_keys is None else encryption_keys
    app = create_app(dsn, secret, encryption_keys=keys, media_directory=media_directory)
    async with listening(app, host, port) as url:
        yield url


def main() -> None:
    """The command line; exit code 2 when called wrongly."""
    parser = argparse.ArgumentParser(
        prog="python -m backend.legacy.serve",
        description="The role-based chat service, on this machine only.",
    )
    parser.add_argument("--dsn", default=os.environ.get("DATABASE_URL"), help="default: $DATABASE_URL")
    parser.add_argument("--listen", default="127.0.0.1:8000", help="host:port, loopback only")
    arguments = parser.parse_args()
    secret = os.environ.get("SECRET_KEY", "")
    if not arguments.dsn or not secret:
        parser.error("needs --dsn (or DATABASE_URL) and the environment's SECRET_KEY")
    try:
        host, port = host_and_port(arguments.listen)
        asyncio.run(until_stopped(running(arguments.dsn, secret, port, host=host)))
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
