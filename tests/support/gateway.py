"""A gateway on real sockets between a raw client and a scripted upstream: the fakes that the tests here share."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from contracts.model.errors import GatewayError, NotFound
from contracts.model.http import Request, Response
from gateway.exchange.deprecation import UNLIMITED, Deprecation
from gateway.exchange.plan import Plan
from gateway.http.cors import Cors
from gateway.http.listener import Listener, listen
from gateway.http.passthrough import Passthrough
from gateway.http.protocols import Settings
from gateway.http.server import Server
from gateway.http.upload import Bounds
from gateway.telemetry.metrics import Metrics
from gateway.upstream.address import Address, parse_url
from gateway.upstream.budget import Budget
from gateway.upstream.client import Upstream

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Asked:
    """One request as an upstream read it."""

    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n")[0].decode()

    def values(self, name: str) -> list[str]:
        rows = [row.partition(b":") for row in self.head.split(b"\r\n")[1:]]
        return [value.strip(b" ").decode() for key, _, value in rows if key.decode().lower() == name.lower()]

    @property
    def names(self) -> set[str]:
        return {row.partition(b":")[0].decode().lower() for row in self.head.split(b"\r\n")[1:] if row}


async def read_request(reader: asyncio.StreamReader) -> Asked:
    """Read one request with any framing."""
    head = (await reader.readuntil(b"\r\n\r\n"))[:-2]
    asked = Asked(head, b"")
    if asked.values("content-length"):
        asked.body = await reader.readexactly(int(asked.values("content-length")[0]))
    elif asked.values("transfer-encoding"):
        asked.body = await read_chunks(reader)
    return asked


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


@dataclass
class RawUpstream:
    """An upstream that answers each request with the next script: bytes, or a coroutine function."""

    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    scripts: list[Any] = field(default_factory=list)
    default: Any = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    port: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                asked = await read_request(reader)
                self.asked.append(asked)
                self.was_asked.set()
                script = self.scripts.pop(0) if self.scripts else self.default
                if callable(script):
                    await script(reader, writer)
                    continue
                bare = script is self.default and asked.line.startswith("HEAD ")
                writer.write(script.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if bare else script)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, Hangup):
            self.closed.set()
        finally:
            writer.close()


class Hangup(Exception):
    """A script raises it to close the connection."""


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    raise Hangup


def answers_and_closes(data: bytes) -> Handler:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        raise Hangup

    return script


@contextlib.asynccontextmanager
async def raw_upstream(*scripts: Any, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawUpstream]:
    upstream = RawUpstream(scripts=list(scripts))
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await upstream.serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the end of the test
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    upstream.port = server.sockets[0].getsockname()[1]
    try:
        yield upstream
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def raw_server(script: Handler) -> AsyncIterator[str]:
    """An upstream that is only a script, called for each connection; its address."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class FakeExchanges:
    """The seam to the exchanges: chat paths go through the lean upstream, ``/upload`` streams, the rest passes."""

    upstream: Upstream
    knowledge: None = None
    asked: list[Request] = field(default_factory=list)
    respond: Callable[[Request], Awaitable[Response]] | None = None

    def plan(self, method: str, path: str, query: str, headers: Any) -> Plan:
        if method == "OPTIONS":
            return Plan("passthrough", "", "", target=path if path.startswith("/api/chat/") else "")
        if path.startswith("/api/chat/unknown"):
            raise NotFound
        shape = "legacy" if "profile_id" in query else "2.1"
        if path == "/api/chat/upload":
            return Plan("stream", "media.upload", shape)
        if path.startswith("/api/chat/"):
            return Plan("exchange", "things.get", shape)
        return Plan("passthrough", "", "")

    async def answer(self, plan: Plan, request: Request) -> Response:
        self.asked.append(request)
        if self.respond is not None:
            return await self.respond(request)
        target = f"{request.path}?{request.query}" if request.query else request.path
        return await self.upstream.send(request.method, target, list(request.headers.items()), request.body)

    async def admit(self, plan: Plan, request: Request) -> tuple[str, list[tuple[str, str]]]:
        self.asked.append(request)
        if "Authorization" not in request.headers:
            raise GatewayError("not admitted")
        return "/media?user_id=1", [("X-Chat-Profile", "tutor:5")]


@dataclass
class Running:
    port: int
    upstream: Upstream
    exchanges: FakeExchanges
    metrics: Metrics
    server: Server
    listener: Listener

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def talk(self, data: bytes) -> bytes:
        """Send these bytes and read until the gateway closes."""
        async with self.client() as (reader, writer):
            writer.write(data)
            return await reader.read()

    async def ask(self, text: str, body: bytes = b"", *, method_head: bool = False) -> "Received":
        """Send one request (lines without CRLF; a Host is added) and read one answer."""
        async with self.client() as (reader, writer):
            writer.write(message(text, body))
            return await read_answer(reader, to_head=method_head)

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what nobody tells."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def message(text: str, body: bytes = b"") -> bytes:
    lines = text.strip("\n").split("\n")
    length = [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([lines[0], "Host: gateway.test", *lines[1:], *length, "", ""]).encode("latin-1") + body


@dataclass
class Received:
    """One answer as a client read it."""

    status: int
    head: bytes
    body: bytes

    def values(self, name: str) -> list[str]:
        return Asked(self.head, b"").values(name)


async def read_answer(reader: asyncio.StreamReader, *, to_head: bool = False) -> Received:
    head = await reader.readuntil(b"\r\n\r\n")
    told = Received(int(head.split(b" ", 2)[1]), head[:-2], b"")
    if to_head or told.status in {204, 304} or told.status < 200:
        return told
    if told.values("content-length"):
        told.body = await reader.readexactly(int(told.values("content-length")[0]))
    elif told.values("transfer-encoding"):
        told.body = await read_chunks(reader)
    else:
        told.body = await reader.read()
    return told


@contextlib.asynccontextmanager
async def gateway(
    upstream_url: str,
    *,
    timeout_s: float = 5,
    json_bytes: int = 100_000,
    body_bytes: int = 10_000_000,
    body_s: float = 5,
    header_s: float = 5,
    idle_s: float = 5,
    trusted_hops: int = 0,
    origins: tuple[str, ...] = (),
    deprecation: Deprecation | None = None,
    budget: Budget | None = None,
) -> AsyncIterator[Running]:
    address: Address = parse_url(upstream_url)
    upstream = Upstream(address, timeout_s=timeout_s, budget=budget)
    exchanges = FakeExchanges(upstream)
    metrics = Metrics()
    bounds = Bounds(body_bytes, timeout_s, body_s, idle_s)
    passthrough = Passthrough(address, bounds, upstream.breaker, upstream.stats)
    server = Server(
        exchanges,
        passthrough,
        Settings(json_bytes, body_s, idle_s, trusted_hops),
        cors=Cors(origins),
        deprecation=deprecation or UNLIMITED,
        metrics=metrics,
        budget=budget,
    )
    listener = Listener(server, header_s=header_s, idle_s=idle_s, lane=server.lane, cors=server.cors)
    sockets = await listen(listener, "127.0.0.1", 0)
    port = sockets.sockets[0].getsockname()[1]
    try:
        yield Running(port, upstream, exchanges, metrics, server, listener)
    finally:
        sockets.close()
        listener.pre_shutdown()
        await listener.shutdown(1)
        await passthrough.close()
        await upstream.close()
