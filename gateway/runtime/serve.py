"""`chat-gateway serve`: configuration in, a running gateway out, until a signal ends it."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from gateway.check import probe as check_probe
from gateway.config.model import Config
from gateway.runtime import process, workers
from gateway.runtime.inherited import ending_signals
from gateway.runtime.notify import notify
from gateway.runtime.process import Running
from gateway.runtime.wiring import ChatCore
from gateway.upstream.client import Upstream

__all__ = ["Running", "run", "run_one", "running"]

_log: Final = logging.getLogger("gateway.runtime.serve")
REFUSED: Final = 2
#: Allocations between two looks at the youngest objects; Python's own 700 is about ten requests.
_COLLECT_AFTER: Final = 20_000


def running(config: Config, **options: Any) -> AbstractAsyncContextManager[Running]:
    """The whole gateway in this event loop; ports 0 become free ones. ``options`` go to `ChatCore`."""

    def make_core(settings: Config, upstream: Upstream) -> ChatCore:
        return ChatCore(settings, upstream, **options)

    return process.running(config, make_core)


def run(config: Config) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP. Exit code: 0, or 2 when it cannot start (the log says why)."""
    return workers.supervise(config) if config.workers > 1 else run_one(config)


def run_one(config: Config, *, share_port: bool = False) -> int:
    """One process of the gateway, from start to end. Exit code as `run`."""
    _allow_many_sockets()
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(config, share_port))
    except (OSError, RuntimeError, ValueError) as error:
        _log.error("cannot start: %s", error)
        return REFUSED
    return 0


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it is installed: about a tenth less CPU per request. It does not exist on Windows."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _serve(config: Config, share_port: bool) -> None:
    end = asyncio.Event()
    with _signals(end):
        async with process.running(config, ChatCore, share_port=share_port) as gateway:
            settle()
            _log.info("serving", extra={"url": gateway.url, "admin": gateway.admin_url})
            notify("READY=1")
            asking = asyncio.create_task(check_probe.warn(config.upstream.api, config.upstream.url))
            await end.wait()
            asking.cancel()
            notify("STOPPING=1")
            _log.info("draining", extra={"in_flight": gateway.metrics.in_flight})


def _allow_many_sockets() -> None:
    """Use as many open files as this process may: each client and each upstream connection is one."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def settle() -> None:
    """The collector need not look again at what lives from here on, and need not look often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])


@contextlib.contextmanager
def _signals(end: asyncio.Event) -> Iterator[None]:
    """Set ``end`` on the signals that end a server, also where the event loop cannot (Windows)."""
    loop = asyncio.get_running_loop()
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(end.set))
        for number in ending_signals()
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
