"""The sockets as the server sees them: serve one, recognize a request, tell who is online, close them all."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple, cast

from aiohttp import WSMsgType, web

from contracts.model.document import encode
from contracts.model.errors import GatewayError, RateLimited, Unavailable
from contracts.model.http import Headers
from contracts.model.socket_limits import Allowances, Limits, measured
from contracts.model.socket_wire import Wire
from gateway.exchange.deprecation import UNLIMITED, Deprecation
from gateway.exchange.protocols import Directory
from gateway.fields.request_id import request_id
from gateway.http.connection import Connection
from gateway.http.cookie import socket_cookie
from gateway.sockets.admission import Admission, Admitted, Tokens
from gateway.sockets.bridge import Bridge, CallOver
from gateway.sockets.clock import Clock, LoopClock
from gateway.sockets.hub import CLOSE_S, RESTART, TOKEN_EXPIRED, Hub, Socket
from gateway.sockets.pace import Pace
from gateway.sockets.people import People
from gateway.sockets.permissions import Everybody, Permissions
from gateway.sockets.recent import Recent
from gateway.sockets.recheck import Recheck

_HEARTBEAT_S: Final = 30.0
_log: Final = logging.getLogger("gateway.sockets")


class Settings(NamedTuple):
    """``websocket`` and ``proxy`` of the configuration, and the limits of one socket."""

    admit: Literal["token", "recent"] = "token"
    origins: tuple[str, ...] = ()
    trusted_hops: int = 0
    limits: Limits = Limits()


DEFAULTS: Final = Settings()


class Sockets:
    """All WebSockets of this gateway; one process owns them, because the state of calls is here.

    ``permissions`` decides who may ring whom. ``on_call_over`` is for the call log, ``on_presence`` hears when a
    person comes online (True, with its bearer) or goes.
    """

    def __init__(
        self,
        tokens: Tokens,
        directory: Directory,
        settings: Settings = DEFAULTS,
        *,
        permissions: Permissions | None = None,
        on_call_over: Callable[[CallOver], None] = lambda _: None,
        on_presence: Callable[[int, bool, str], None] = lambda *_: None,
        deprecation: Deprecation = UNLIMITED,
        clock: Clock | None = None,
    ) -> None:
        self._deprecation = deprecation
        self._clock = clock or LoopClock()
        self._limits = settings.limits
        self._tokens = tokens
        self._people = People(directory)
        self._hub = Hub()
        self._bridge = Bridge(self._hub, self._people, permissions or Everybody(), self._clock, on_call_over)
        self._recent = Recent(self._clock)
        mode, origins, hops = settings.admit, settings.origins, settings.trusted_hops
        self._admission = Admission(
            tokens, self._people, self._recent, mode=mode, origins=origins, trusted_hops=hops
        )
        self._on_presence = on_presence
        self._allowances = Allowances(settings.limits)
        self._serving: set[asyncio.Task[Any]] = set()
        self.recheck = Recheck(self._hub, self._people, deprecation, self._clock)
        self._closed = False

    def online(self, user_id: int) -> bool:
        """Whether the person has an open socket."""
        return bool(self._hub.of(user_id))

    def stats(self) -> Mapping[str, int]:
        """Plain numbers for the metrics: what is open now, and what was counted since the start."""
        bridge = self._bridge
        return {
            "open": len(self._hub.all()),
            "people": len(self._hub.people()),
            "calls": len(list(bridge.calls)),
            "heard": bridge.heard,
            "refused": bridge.refused,
            "unanswered": bridge.unanswered,
        }

    def recognize(self, headers: Mapping[str, str], remote: str) -> Headers:
        """An HTTP request of whatever kind; the cookie with which its page can open a socket, if its token is good.

        The request is remembered where ``websocket.admit`` is ``recent``. No I/O.
        """
        authorization = headers.get("Authorization")
        if not authorization:
            return ()
        place = self._admission.place(headers, remote)
        try:
            cookie = socket_cookie(headers)
            if not cookie and place is None:
                return ()
            token = self._tokens.read(authorization)
        except GatewayError:
            return ()
        if place is not None:
            self._recent.note(place, token.user_id, expires_at=token.expires_at, authorization=authorization)
        return cookie

    def ignores(self, headers: Mapping[str, str], remote: str) -> bool:
        """Whether `recognize` does nothing with requests of these fields, whatever their token."""
        try:
            return not socket_cookie(headers) and self._admission.place(headers, remote) is None
        except GatewayError:
            return False

    async def serve_socket(self, request: web.BaseRequest) -> web.StreamResponse:
        """One socket from its handshake to its end. Raises `GatewayError` before the upgrade."""
        if self._closed:
            raise Unavailable
        admitted = await self._admission.admit(request)
        if admitted.legacy:
            self._deprecation.check("legacy", self._clock.time())
        if self._closed:
            raise Unavailable  # while we asked
        if self._hub.count(admitted.user_id) >= self._limits.per_person:
            raise RateLimited("too many sockets")
        socket = self._socket(admitted)
        ws = self._upgrade(request)
        if request.transport is not None:
            socket.abort = request.transport.abort
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._serving.add(task)
        try:
            await self._live(socket, ws, request, admitted.expires_at)
        finally:
            self._serving.discard(task)
        return ws

    async def close(self, code: int = RESTART) -> None:
        """Close every socket and let nobody in any more; waits a few seconds for the clients' goodbye."""
        self._closed = True
        self.recheck.close()
        for socket in self._hub.all():
            socket.shut(code, b"restart")
        serving = self._serving - {asyncio.current_task()}
        if serving:
            await asyncio.wait(serving, timeout=CLOSE_S)
        await self._bridge.presence.close()

    def _socket(self, admitted: Admitted) -> Socket:
        return Socket(
            admitted.user_id,
            admitted.named,
            legacy=admitted.legacy,
            authorization=admitted.authorization,
            limits=self._limits,
        )

    def _upgrade(self, request: web.BaseRequest) -> web.WebSocketResponse:
        """The answer to the handshake: it names the subprotocol ``bearer`` when that was offered, never the token."""
        offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        bearer = [name.strip() for name in offered if name.strip().lower() == "bearer"]
        ws = web.WebSocketResponse(
            timeout=CLOSE_S,
            heartbeat=_HEARTBEAT_S,
            protocols=bearer,
            compress=False,
            max_msg_size=self._limits.message_bytes + 1,  # the first size that aiohttp refuses
        )
        ws.headers["X-Request-Id"] = request_id(request.headers.get("X-Request-Id"))
        return ws

    async def _live(
        self, socket: Socket, ws: web.WebSocketResponse, request: web.BaseRequest, expires_at: float
    ) -> None:
        left = max(0.0, expires_at - self._clock.time())
        expiry = self._clock.call_later(left, socket.shut, TOKEN_EXPIRED, b"token expired")
        writing: asyncio.Task[None] | None = None
        pace = self._pace(socket)
        try:
            self._join(socket)
            cast(Connection, request.protocol).before_parser = lambda parser: Wire(parser, pace.takes)
            await ws.prepare(request)
            if request.transport is not None:
                socket.watch(request.transport)
            writing = asyncio.create_task(socket.write(ws))
            await self._listen(socket, ws, pace)
        finally:
            expiry.cancel()
            self._leave(socket)
            socket.ended()
            if writing is not None:
                writing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await writing

    def _pace(self, socket: Socket) -> Pace:
        now = self._clock.time()
        return Pace(socket, self._limits, self._allowances.of(socket.user_id, now), self._clock)

    async def _listen(self, socket: Socket, ws: web.WebSocketResponse, pace: Pace) -> None:
        async for message in ws:
            if socket.closing is not None:
                continue  # only the client's own goodbye is of interest now
            if message.type is WSMsgType.BINARY:
                if pace.admits(len(message.data)):
                    self._bridge.refuse_bytes(socket)
                continue
            text = message.data.encode("utf-8", "surrogatepass")
            if pace.admits(len(text)):
                pace.spend(await measured(self._bridge.hear(socket, text)))

    def _join(self, socket: Socket) -> None:
        first = self._hub.join(socket)
        socket.send(encode({"type": "connection", "status": "connected", "connection_key": socket.key}))
        if first:
            self._bridge.presence.came(socket)
            self._on_presence(socket.user_id, True, socket.authorization)
        self.recheck.begin()

    def _leave(self, socket: Socket) -> None:
        if self._bridge.leave(socket):
            self._bridge.presence.went(socket.user_id)
            self._on_presence(socket.user_id, False, socket.authorization)
