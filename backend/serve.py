"""Run the service: inside a program with `running`, or from the command line.

`python -m backend.serve --dsn DSN --listen 127.0.0.1:8000`; SECRET_KEY, CHAT_ENCRYPTION_KEY, CHAT_MAIL_URL
and CHAT_MAIL_SENDER come from the environment.
"""

import argparse
import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiohttp import web

from backend.http.app import create_app
from backend.listening import host_and_port, listening, until_stopped
from backend.request_context import Mail
from backend.services.mail import mail_from


@contextlib.asynccontextmanager
async def running(
    dsn: str,
    secret: str,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    encryption_keys: str | None = None,
    media_directory: Path | None = None,
    public_url: str = "",
    mail: Mail | None = None,
    extend: Callable[[web.Application], None] | None = None,
) -> AsyncIterator[str]:
    """The service at work; gives its URL. Port 0 is a free one.

    ``encryption_keys`` and ``mail`` default to what the environment says; ``extend`` may add routes of its own; the
    rest is as in `create_app`.
    """
    keys = os.environ.get("CHAT_ENCRYPTION_KEY", "") if encryption_keys is None else encryption_keys
    app = create_app(
        dsn,
        secret,
        encryption_keys=keys,
        media_directory=media_directory,
        public_url=public_url,
        mail=mail or mail_from(os.environ),
    )
    if extend:
        extend(app)
    async with listening(app, host, port) as url:
        yield url


def main() -> None:
    """The command line; exit code 2 when called wrongly."""
    parser = argparse.ArgumentParser(
        prog="python -m backend.serve", description="The user-based chat service."
    )
    parser.add_argument("--dsn", default=os.environ.get("DATABASE_URL"), help="default: $DATABASE_URL")
    parser.add_argument("--listen", default="127.0.0.1:8000", help="host:port")
    parser.add_argument(
        "--media", type=Path, help="directory of uploads; default: one that ends with the service"
    )
    parser.add_argument("--public-url", default="", help="what the addresses of uploads start with")
    arguments = parser.parse_args()
    secret = os.environ.get("SECRET_KEY", "")
    if not arguments.dsn or not secret:
        parser.error("needs --dsn (or DATABASE_URL) and the environment's SECRET_KEY")
    host, port = host_and_port(arguments.listen)
    service = running(
        arguments.dsn,
        secret,
        port,
        host=host,
        media_directory=arguments.media,
        public_url=arguments.public_url,
    )
    asyncio.run(until_stopped(service))


if __name__ == "__main__":
    main()
