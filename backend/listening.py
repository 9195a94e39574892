"""An application on an address, and a process that serves it until a signal ends it."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from aiohttp import web


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """The application at work; gives its URL. Port 0 is a free one. Raises OSError for an address that is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield url_of(host, runner.addresses[0][1])
    finally:
        await runner.cleanup()


def url_of(host: str, port: int) -> str:
    """Where a service is; an IPv6 address stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def host_and_port(listen: str) -> tuple[str, int]:
    """Both parts of ``host:port``; an IPv6 address stands in brackets, no host is this machine."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


async def until_stopped(service: AbstractAsyncContextManager[str]) -> None:
    """Run a service, print its URL, and end it on SIGTERM, SIGINT or SIGHUP."""
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN or number != signal.SIGHUP:  # `nohup` means it
            asyncio.get_running_loop().add_signal_handler(number, end.set)
    async with service as url:
        print(url, flush=True)
        await end.wait()
