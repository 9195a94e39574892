"""`/ws/{user_id}`: calls between persons, for clients that reach this service without a gateway in front.

A socket belongs to the token's user. What is sent as `from_*` is never believed; a frame reaches every socket of the
person it is for, and only a call that the callee's settings allow lets anything through.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import web

from backend.auth import check_claim, check_person, token_of
from backend.database import Connection, row_id
from backend.helpers import check_can_call, get_user_display_info
from backend.request_context import Services
from backend.sockets.connection import Connection as Socket
from backend.sockets.connection import error_frame
from backend.sockets.ringing import ANSWERS, ENDS, KNOWN, OPENS, Ring, Ringing
from contracts.model.errors import Forbidden, GatewayError, InvalidRequest, InvalidValue, RateLimited
from contracts.model.profile import parse_id
from contracts.model.socket_limits import Allowances, Limits, measured
from contracts.model.synthetic import is_invented

RINGS_S: Final = 25.0
TOKEN_EXPIRED: Final = 4401
RESTART: Final = 1012
DEFAULTS: Final = Limits()
SOCKETS: web.AppKey["Sockets"] = web.AppKey("sockets")
logger = logging.getLogger("chat.backend.sockets")

NO_ANSWER = """UPDATE call_logs SET status = 'no_answer', ended_at = now() AT TIME ZONE 'utc' WHERE id = (
    SELECT id FROM call_logs WHERE caller_user_id = $1 AND conversation_id = $2 AND status IN ('initiated', 'ringing')
        AND started_at > (now() AT TIME ZONE 'utc') - interval '10 minutes'
    ORDER BY id DESC LIMIT 1)"""
TOGETHER = """SELECT count(DISTINCT user_id) FROM conversation_participants
    WHERE conversation_id = $1 AND user_id = ANY($2::int[]) AND coalesce(is_active, true)"""


class Sockets:
    """The sockets of this process. ``rings_s``: after so many seconds nobody answers any more."""

    def __init__(self, services: Services, rings_s: float = RINGS_S, limits: Limits = DEFAULTS) -> None:
        self._services = services
        self.limit(limits)
        self._rings_s = rings_s
        self._open: dict[int, set[Socket]] = {}
        self._ringing = Ringing()
        self._tasks: set[asyncio.Task[None]] = set()

    def limit(self, limits: Limits) -> None:
        """From now on a new socket, and its person, may cost so much."""
        self._limits = limits
        self._allowances = Allowances(limits)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One socket from the upgrade to its end."""
        token = token_of(_bearer(request), self._services.secret)
        check_claim(token.user_id, [request.match_info["user_id"]])
        async with self._services.pool.acquire() as connection:
            await check_person(connection, token.user_id)
        if len(self._open.get(token.user_id, ())) >= self._limits.per_person:
            raise RateLimited("too many sockets")
        socket = self._socket(token.user_id)
        await socket.prepare(request)
        self._open.setdefault(token.user_id, set()).add(socket)
        expiry = self._later(token.expires_at - time.time(), partial(socket.close, code=TOKEN_EXPIRED))
        try:
            key = f"user_{token.user_id}"
            socket.say({"type": "connection", "status": "connected", "connection_key": key})
            async for text in socket.texts():
                socket.spend(await measured(self._hear(socket, token.user_id, text)))
        finally:
            expiry.cancel()
            self._leave(socket, token.user_id)
            await socket.ended()
        return socket

    def _socket(self, user_id: int) -> Socket:
        clock = self._services.clock
        return Socket(self._limits, self._allowances.of(user_id, clock()), clock)

    async def close(self) -> None:
        """Tell everybody to come back: this process ends."""
        for task in self._tasks:
            task.cancel()
        for socket in [socket for sockets in self._open.values() for socket in sockets]:
            await socket.close(code=RESTART, message=b"restart")

    def _later(self, seconds: float, deed: Callable[[], Awaitable[object]]) -> asyncio.Task[None]:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            await deed()

        task = asyncio.create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _leave(self, socket: Socket, user_id: int) -> None:
        """The last socket of a person takes its calls with it."""
        self._open[user_id].discard(socket)
        if self._open[user_id]:
            return
        del self._open[user_id]
        for ring in self._ringing.of(user_id):
            self._ringing.end(ring.caller, ring.callee)
            self._notify(ring, ring.other(user_id), "call_ended")

    async def _hear(self, socket: Socket, user_id: int, text: str) -> None:
        """One frame; what is wrong with it is told to the socket, which lives on."""
        try:
            frame = _read(text)
            if frame["type"] == "ping":
                socket.say({"type": "pong"})
            elif frame["type"] in OPENS:
                await self._invite(socket, user_id, frame)
            else:
                self._pass_on(user_id, frame)
        except GatewayError as error:
            socket.say(error_frame(error.code, error.message))
        except Exception:
            logger.exception("failed in a frame")
            socket.say(error_frame("internal", "Internal server error"))

    async def _invite(self, socket: Socket, user_id: int, frame: dict[str, Any]) -> None:
        callee = parse_id(frame.get("to_user_id"), "$.to_user_id")
        if callee == user_id:
            raise InvalidRequest("nobody calls themselves", place="$.to_user_id")
        conversation_id = frame.get("conversation_id")
        async with self._services.pool.acquire() as connection:
            allowed, _ = await check_can_call(connection, user_id, callee)
            allowed = allowed and await are_together(connection, user_id, callee, conversation_id)
            caller = await get_user_display_info(connection, user_id) or {}
        if not allowed or callee not in self._open:
            reason = "offline" if allowed else "not_allowed"
            statement = {"type": "call_declined", "conversation_id": conversation_id, "reason": reason}
            socket.say(statement)
            return
        ring = self._ringing.open(user_id, callee, conversation_id)
        statement = {
            "from_name": caller.get("name"),
            "from_avatar": caller.get("avatar"),
            "timestamp": datetime.now(UTC),
        }
        self._send(user_id, callee, {**frame, **statement}, keep=statement)
        self._later(self._rings_s, partial(self._give_up, ring))

    def _pass_on(self, user_id: int, frame: dict[str, Any]) -> None:
        """A frame of a call that is going on; there is no other way to reach anybody."""
        if frame.get("to_user_id") is None:
            ring = self._ringing.in_conversation(user_id, frame.get("conversation_id"))
        else:
            ring = self._ringing.between(user_id, parse_id(frame["to_user_id"], "$.to_user_id"))
        if ring is None:
            raise Forbidden("there is no such call")
        if frame["type"] in ANSWERS:
            self._ringing.answer(ring)
        if frame["type"] in ENDS:
            self._ringing.end(ring.caller, ring.callee)
        self._send(user_id, ring.other(user_id), {**frame, "conversation_id": ring.conversation_id})

    async def _give_up(self, ring: Ring) -> None:
        if not self._ringing.is_unanswered(ring):
            return
        self._ringing.end(ring.caller, ring.callee)
        await self._write_no_answer(ring)
        self._notify(ring, ring.caller, "call_declined", reason="no_answer")
        self._notify(ring, ring.callee, "call_cancelled")

    async def _write_no_answer(self, ring: Ring) -> None:
        conversation_id = ring.conversation_id
        if isinstance(conversation_id, bool) or not isinstance(conversation_id, int):
            return
        try:
            await self._services.pool.execute(NO_ANSWER, ring.caller, row_id(conversation_id))
        except Exception:  # the two must be told all the same
            logger.exception("a call in vain was not written down")

    def _notify(self, ring: Ring, user_id: int, kind: str, **more: object) -> None:
        frame = {"type": kind, "conversation_id": ring.conversation_id, **more}
        self._send(ring.other(user_id), user_id, frame)

    def _send(
        self, sender: int, receiver: int, frame: dict[str, Any], keep: dict[str, Any] | None = None
    ) -> None:
        """To every socket of the receiver. The names in it are ours, except those to ``keep``."""
        statement = {
            n: v for n, v in frame.items() if n in (keep or {}) or not n.startswith(("from_", "to_"))
        }
        statement |= {"from_user_id": sender, "to_user_id": receiver}
        for socket in list(self._open.get(receiver, ())):
            socket.say(statement)


async def are_together(connection: Connection, one: int, other: int, conversation_id: object) -> bool:
    """Whether a call may name this conversation: it names none, or one that both are in.

    Ids that legacy clients invent for people with whom there is no conversation yet are nobody's. Every other text is
    refused: ``" 11"``, ``"11.0"`` and ``"0x0b"`` are 11 to a client that compares loosely.
    """
    if conversation_id is None or (isinstance(conversation_id, str) and is_invented(conversation_id)):
        return True
    try:
        number = row_id(parse_id(conversation_id, "$.conversation_id"))
    except InvalidValue:
        return False
    return bool(await connection.fetchval(TOGETHER, number, [one, other]) == 2)


def _read(text: str) -> dict[str, Any]:
    try:
        frame = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidRequest("is not JSON", place="$") from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise InvalidValue("must be an object with a type", place="$")
    if frame["type"] not in KNOWN | {"ping"}:
        raise InvalidValue("is no frame that we know", place="$.type")
    return frame


def _bearer(request: web.Request) -> str | None:
    """The token as header, `?token=`, or subprotocols `bearer, <token>`."""
    protocols = [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    if len(protocols) == 2 and protocols[0] == "bearer":
        return f"Bearer {protocols[1]}"
    if "token" in request.query:
        return f"Bearer {request.query['token']}"
    return request.headers.get("Authorization")


async def serve(request: web.Request) -> web.StreamResponse:
    """The handler of `/ws/{user_id}`."""
    return await request.app[SOCKETS].serve(request)


HANDLERS: Final = (("GET", "/ws/{user_id}", serve),)
