"""From one frame that a socket heard to the frames that others get.

what is it? -> who is meant? -> directory -> say it in user ids -> which call? -> each socket in its own shape
"""

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from adapters import frames, session_frames
from adapters.frames import Heard, Said, Spoken
from contracts.document import Node, encode
from contracts.errors import GatewayError, InvalidRequest, InvalidValue
from contracts.profile import PROFILE_TYPES, Profile
from contracts.roster import Caller, Found, Roster
from gateway.sockets.calls import Calls, Leg, Route
from gateway.sockets.clock import Clock, iso
from gateway.sockets.hub import NO_LONGER_ALLOWED, Hub, Socket
from gateway.sockets.people import People, SenderRefused, check_allowed
from gateway.sockets.permissions import Permissions, Wish
from gateway.sockets.presence import Presence
from gateway.sockets.sessions import Sessions

RING_S: Final = 25.0
_log: Final = logging.getLogger("gateway.sockets")
_PONG: Final = encode({"type": "pong"})


class NoAnswer(NamedTuple):
    """A call that rang in vain, for the call log; ``authorization`` is the caller's bearer, perhaps empty."""

    caller: int
    callee: int
    conversation: str | None
    call_type: str
    authorization: str


class Bridge:
    """Knows the sockets and the calls, and carries frames between them."""

    def __init__(
        self,
        hub: Hub,
        people: People,
        permissions: Permissions,
        clock: Clock,
        on_no_answer: Callable[[NoAnswer], None] = lambda _: None,
    ) -> None:
        self.hub = hub
        self.calls = Calls()
        self.heard = self.refused = self.unanswered = 0
        self.presence = Presence(hub, people, permissions, clock)
        self._sessions = Sessions(hub, people, permissions, clock)
        self._people = people
        self._permissions = permissions
        self._clock = clock
        self._on_no_answer = on_no_answer

    async def hear(self, socket: Socket, text: bytes) -> None:
        """One text frame of a socket. What is wrong with it is told to that socket, which lives on."""
        spoken: Spoken | None = None
        self.heard += 1
        try:
            spoken = frames.spoken(text)
            if spoken.type == "ping":
                socket.send(_PONG)
            elif spoken.type == "get_online_users":
                await self.presence.answer(socket, spoken.body)
            elif session_part := session_frames.part_of(spoken.type, spoken.body):
                await self._sessions.carry(socket, spoken, session_part)
            else:
                await self._carry(socket, frames.heard(spoken))
        except GatewayError as error:
            self._refuse(socket, spoken, error)
        except msgspec.DecodeError:  # a number or an escape that only one of two parsers takes
            self._refuse(socket, spoken, InvalidValue("not a value that can be read", place="$"))
        except Exception:
            _log.exception("internal error in a frame", extra={"frame": spoken.type if spoken else ""})
            self._refuse(socket, spoken, GatewayError())

    def refuse_bytes(self, socket: Socket) -> None:
        """A binary message: nothing of ours is spelled in bytes."""
        self._refuse(socket, None, InvalidRequest("a frame is text, not bytes", place="$"))

    def leave(self, socket: Socket) -> bool:
        """The socket is gone: its calls end. True when it was the person's last one."""
        last = self.hub.leave(socket)
        for leg in self.calls.lost(socket.user_id, socket, last=last):
            self._tell(leg, leg.other(socket.user_id), "call_ended")
        self._sessions.lost(socket, last=last)
        return last

    async def _carry(self, socket: Socket, heard: Heard) -> None:
        profiles = {p for p in heard.mentions.profiles if p.type in PROFILE_TYPES}
        users = {p.id for p in heard.mentions.profiles if p.type not in PROFILE_TYPES}
        found = await self._people.find(profiles, users | heard.mentions.users | {socket.user_id})
        check_allowed(found.people.get(socket.user_id), socket.named)
        roster = Roster(Caller(socket.user_id, socket.named), found)
        said = frames.signed(frames.to_modern(heard, roster), socket.user_id, found, iso(self._clock.time()))
        if said.frame.part == "opens":
            await self._open(socket, said, heard.conversation, found)
        else:
            self._pass_on(socket, said, heard.conversation, found)

    async def _open(self, socket: Socket, said: Said, conversation: str | None, found: Found) -> None:
        callee = said.target
        if callee is None:
            raise InvalidValue("is missing", place="$.body.to_user_id")
        if callee == socket.user_id:
            raise InvalidRequest("nobody calls themselves", place="$.body.to_user_id")
        reason = await self._reason_against(socket, callee, conversation)
        if reason:
            answer = frames.made(
                "call_declined", reason=reason, conversation_id=said.body.get("conversation_id")
            )
            self._say([socket], frames.signed(answer, callee, found, ""), found)
            return
        if socket.closing is not None:
            return  # while we asked
        kind = frames.call_type(said.body)
        leg = self.calls.open(
            socket.user_id, callee, conversation, socket=socket, found=found, call_type=kind
        )
        if leg.state == "ringing":
            self._clock.call_later(RING_S, self._unanswered, leg, socket.authorization)
        self._say(self.hub.of(callee), said, found)

    async def _reason_against(self, socket: Socket, callee: int, conversation: str | None) -> str:
        theirs = next((s.authorization for s in self.hub.of(callee) if s.authorization), "")
        wish = Wish(socket.user_id, callee, conversation, socket.authorization, theirs)
        verdict = await self._permissions.may_call(wish)
        if not verdict.allowed:
            return verdict.reason or "not_allowed"
        return "" if self.hub.of(callee) else "offline"

    def _pass_on(self, socket: Socket, said: Said, conversation: str | None, found: Found) -> None:
        sender, part = socket.user_id, said.frame.part
        routes = self.calls.route(sender, said.target, conversation)
        if part == "answers":
            routes = self.calls.answered(routes, sender, socket)
        elif part == "ends":
            routes = self._end(routes, said, socket)
        else:
            self.calls.carried(routes, sender, socket)
        for person in {route.person for route in routes}:
            self._say(self.hub.of(person), said, found)

    def _end(self, routes: list[Route], said: Said, socket: Socket) -> list[Route]:
        """The routes that end. Another device of the callee may decline what was answered: that is nothing."""
        if said.frame.type == "call_declined":
            routes = [
                r for r in routes if r.leg is None or r.leg.state == "ringing" or r.leg.socket is socket
            ]
        for route in routes:
            if route.leg is not None:
                self.calls.end(route.leg)
        return routes

    def _unanswered(self, leg: Leg, authorization: str) -> None:
        if not self.calls.rings(leg):
            return
        self.calls.end(leg)
        self.unanswered += 1
        call = leg.call
        self._tell(leg, call.caller, "call_declined", reason="no_answer")
        self._tell(leg, leg.callee, "call_cancelled", call_type=call.call_type)
        self._on_no_answer(
            NoAnswer(call.caller, leg.callee, call.conversation, call.call_type, authorization)
        )

    def _tell(self, leg: Leg, person: int, type_: str, **values: str) -> None:
        """Say something about a leg to one side of it, as if the other side had said it."""
        said = frames.made(type_, conversation_id=session_frames.as_sent(leg.call.conversation), **values)
        self._say(self.hub.of(person), frames.signed(said, leg.other(person), leg.found, ""), leg.found)

    def _say(self, sockets: list[Socket], said: Said, found: Found) -> None:
        """The frame to these sockets of one person, each in its own shape and under its own name."""
        spoken: dict[Profile | None, bytes] = {}
        for socket in sockets:
            named = socket.named if socket.legacy else None
            if named not in spoken:
                spoken[named] = encode(_in_shape(socket, said, found))
            socket.send(spoken[named])

    def _refuse(self, socket: Socket, spoken: Spoken | None, error: GatewayError) -> None:
        """Say what is wrong. A call that does not come about is declined too: the old client would wait for ever."""
        self.refused += 1
        about = spoken.type if spoken else None
        detail = error.message.replace("$.body", "$", 1)
        socket.send(encode({"type": "error", "code": error.code, "detail": detail, "about": about}))
        if spoken and spoken.type in frames.FRAMES and frames.FRAMES[spoken.type].part == "opens":
            conversation = spoken.body.get("conversation_id")
            socket.send(
                encode(frames.made("call_declined", reason=error.code, conversation_id=conversation).body)
            )
        if isinstance(error, SenderRefused):
            socket.shut(NO_LONGER_ALLOWED, b"no longer allowed")


def _in_shape(socket: Socket, said: Said, found: Found) -> Node:
    if not socket.legacy:
        return frames.for_modern(said, socket.user_id)
    return frames.for_legacy(said, Roster(Caller(socket.user_id, socket.named), found))
