"""The life of one gateway process: its two listeners, and an end that cuts nobody off."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiohttp import web

from gateway.admin import contract_pages, dashboard
from gateway.admin.listener import Check, admin_application
from gateway.config.model import Config
from gateway.config.validation import address as host_and_port
from gateway.exchange.brownout import Window, announced, utc_now
from gateway.exchange.deprecation import Deprecation
from gateway.fields.headers import RequestFields
from gateway.http.answer import STALLED_S
from gateway.http.cors import Cors
from gateway.http.listener import Listener, assert_c_parser, listen
from gateway.http.passthrough import Passthrough
from gateway.http.protocols import Exchanges, Settings, Sockets
from gateway.http.server import Server
from gateway.http.upload import Bounds
from gateway.telemetry.legacy_usage import Callers
from gateway.telemetry.metrics import Metrics
from gateway.traffic.panel import Panel
from gateway.upstream.address import parse_url
from gateway.upstream.budget import Budget
from gateway.upstream.client import Upstream

#: How long requests in flight may take once the process has been asked to stop.
GRACE_S: Final = 30.0
#: How long open connections are still listened to at most, so that nobody's request meets a closing socket.
QUIET_S: Final = 0.3
_BACKLOG: Final = 1024
_MIB: Final = 1024 * 1024


class Core(Protocol):
    """What answers chat requests, with whatever it keeps running in the background."""

    @property
    def exchanges(self) -> Exchanges:
        """Plans and answers."""

    @property
    def sockets(self) -> Sockets | None:
        """All WebSockets of this process; None where it serves none."""

    @property
    def callers(self) -> Callers:
        """Who still uses the old shape."""

    async def start(self) -> None:
        """Begin; returns when requests can be taken."""

    async def close(self) -> None:
        """End."""

    async def not_ready(self) -> str | None:
        """Why chat requests cannot be answered, or None."""

    def lookups(self) -> Mapping[str, int]:
        """The directory's look-ups by outcome."""

    def events(self) -> Mapping[str, int]:
        """Other things that are counted, by kind."""

    def refused_tokens(self) -> Mapping[str, int]:
        """Tokens that were not accepted, by reason."""

    def operations(self) -> Iterable[tuple[str, str]]:
        """Every shape and operation that a request may be counted under."""


@dataclass
class Running:
    """A gateway that takes requests. Addresses are ``http://host:port``."""

    url: str
    admin_url: str
    core: Core
    upstream: Upstream
    metrics: Metrics
    server: Server


@contextlib.asynccontextmanager
async def running(
    config: Config, make_core: Callable[[Config, Upstream], Core], *, share_port: bool = False
) -> AsyncIterator[Running]:
    """Start everything in this process; at the end finish what is in flight, then close.

    ``share_port`` lets several processes listen on one address. Raises OSError when an address is taken, and
    RuntimeError when aiohttp has no C parser.
    """
    assert_c_parser()
    async with contextlib.AsyncExitStack() as stack:
        url, limits = parse_url(config.upstream.url), config.limits
        upstream = Upstream(url, timeout_s=config.upstream.timeout_s)
        stack.push_async_callback(upstream.close)
        passthrough = Passthrough(url, _bounds(config), upstream.breaker, upstream.stats)
        stack.push_async_callback(passthrough.close)
        core = make_core(config, upstream)
        stack.push_async_callback(core.close)
        await core.start()
        metrics = _metrics(core, upstream)
        server = _server(config, core, passthrough, metrics, upstream.budget)
        admin_url = await stack.enter_async_context(_admin(config, core, upstream, server, metrics))
        listener = Listener(
            server, header_s=limits.header_s, idle_s=limits.idle_s, lane=server.lane, cors=server.cors
        )
        own_url = await stack.enter_async_context(_listening(config, listener, server, share_port))
        yield Running(own_url, admin_url, core, upstream, metrics, server)


def _bounds(config: Config) -> Bounds:
    limits = config.limits
    return Bounds(
        int(limits.body_mb * _MIB), config.upstream.timeout_s, limits.body_s, min(limits.idle_s, STALLED_S)
    )


def _brownouts(config: Config) -> str:
    return announced([Window.of(planned) for planned in config.brownouts], utc_now())


def _metrics(core: Core, upstream: Upstream) -> Metrics:
    metrics = Metrics()
    metrics.expect(core.operations())
    metrics.upstream, metrics.lookups, metrics.events = upstream.stats, core.lookups, core.events
    metrics.refused_tokens = core.refused_tokens
    return metrics


def _server(config: Config, core: Core, passthrough: Passthrough, metrics: Metrics, budget: Budget) -> Server:
    return Server(
        core.exchanges,
        passthrough,
        _settings(config),
        cors=Cors(config.cors.origins),
        deprecation=Deprecation.from_config(config.deprecation, _brownouts(config)),
        metrics=metrics,
        budget=budget,
        sockets=core.sockets,
    )


@contextlib.asynccontextmanager
async def _listening(
    config: Config, listener: Listener, server: Server, share_port: bool
) -> AsyncIterator[str]:
    host, port = host_and_port(config.listen, "listen")
    options: dict[str, Any] = {"reuse_port": True} if share_port else {}
    sockets = await listen(listener, host, port, backlog=_BACKLOG, **options)
    try:
        yield _url(host, sockets.sockets[0].getsockname()[1])
    finally:
        sockets.close()
        if server.sockets is not None:
            await server.sockets.close()
        await _drain(listener, server)


async def _drain(listener: Listener, server: Server) -> None:
    """Answers now end their connections; what still arrives on open ones is answered for a moment more."""
    server.draining = True
    await listener.until_empty(QUIET_S)
    listener.pre_shutdown()
    await listener.shutdown(GRACE_S)


@contextlib.asynccontextmanager
async def _admin(
    config: Config, core: Core, upstream: Upstream, server: Server, metrics: Metrics
) -> AsyncIterator[str]:
    checks: dict[str, Check] = {
        "process": _checked(lambda: "draining" if server.draining else None),
        "directory": core.not_ready,
        "upstream": lambda: _unreachable(upstream),
    }
    application = admin_application(metrics, checks, config.admin.token, contract_pages.routes())
    sources = config.directory.sources
    dashboard.mount(
        application, metrics.text, sources[0].dsn if sources else None, core.callers.rows, Panel(config).read
    )
    runner = web.AppRunner(application, access_log=None, handle_signals=False)
    await runner.setup()
    host, port = host_and_port(config.admin.listen, "admin.listen")
    try:
        await web.TCPSite(runner, host, port).start()
        yield _url(host, runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _settings(config: Config) -> Settings:
    limits, proxy = config.limits, config.proxy
    fields, idle_s = RequestFields(proxy.drop_headers), min(limits.idle_s, STALLED_S)
    return Settings(int(limits.json_mb * _MIB), limits.body_s, idle_s, proxy.trusted_hops, fields)


async def _unreachable(upstream: Upstream) -> str | None:
    return None if await upstream.reachable() else "no connection"


def _checked(reason: Callable[[], str | None]) -> Callable[[], Awaitable[str | None]]:
    async def check() -> str | None:
        return reason()

    return check


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
