"""From one frame that a socket heard to the frames that others get.

what is it? -> who is meant? -> directory -> say it in user ids -> which call? -> each socket in its own shape
"""

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from adapters.frames import calls as frames
from adapters.frames import whiteboards as session_frames
from adapters.frames.calls import Heard, Outgoing, Spoken
from contracts.model.document import Node, encode
from contracts.model.errors import GatewayError, InvalidRequest, InvalidValue
from contracts.model.profile import PROFILE_TYPES, Profile
from contracts.model.roster import Caller, Found, Roster
from gateway.sockets.calls import Calls, Leg, NoCall, Route
from gateway.sockets.clock import Clock, iso
from gateway.sockets.consent import Consent
from gateway.sockets.hub import NO_LONGER_ALLOWED, Hub, Socket
from gateway.sockets.people import People, SenderRefused, check_allowed
from gateway.sockets.permissions import Permissions
from gateway.sockets.presence import Presence
from gateway.sockets.whiteboards import Sessions

RING_S: Final = 25.0
_log: Final = logging.getLogger("gateway.sockets")
_PONG: Final = encode({"type": "pong"})


class CallOver(NamedTuple):
    """A call that no client ended, for the call log; ``authorization`` is the caller's bearer, perhaps empty.

    ``status``: ``no_answer`` when it rang in vain; when a socket was lost ``ended``, or before it was answered
    ``cancelled`` (the caller's) or ``missed`` (the callee's).
    """

    caller: int
    callee: int
    conversation: str | None
    call_type: str
    authorization: str
    status: str = "no_answer"


class Bridge:
    """Knows the sockets and the calls, and carries frames between them."""

    def __init__(
        self,
        hub: Hub,
        people: People,
        permissions: Permissions,
        clock: Clock,
        on_call_over: Callable[[CallOver], None] = lambda _: None,
    ) -> None:
        self.hub = hub
        self.calls = Calls()
        self.heard = self.refused = self.unanswered = 0
        self.presence = Presence(hub, people, permissions, clock)
        self._consent = Consent(hub, permissions, clock)
        self._sessions = Sessions(hub, people, self._consent, clock)
        self._people = people
        self._clock = clock
        self._on_call_over = on_call_over

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
            self._notify(leg, leg.other(socket.user_id), "call_ended")
            if not leg.call.legs:
                self._on_call_over(_over(leg, _lost_status(leg, socket.user_id)))
        self._sessions.lost(socket, last=last)
        return last

    async def _carry(self, socket: Socket, heard: Heard) -> None:
        profiles = {p for p in heard.mentions.profiles if p.type in PROFILE_TYPES}
        users = {p.id for p in heard.mentions.profiles if p.type not in PROFILE_TYPES}
        found = await self._people.find(profiles, users | heard.mentions.users | {socket.user_id})
        check_allowed(found.people.get(socket.user_id), socket.named)
        roster = Roster(Caller(socket.user_id, socket.named), found)
        frame = frames.signed(frames.to_modern(heard, roster), socket.user_id, found, iso(self._clock.time()))
        if frame.frame.part == "opens":
            await self._open(socket, frame, heard.conversation, found)
        else:
            await self._pass_on(socket, frame, heard.conversation, found)

    async def _open(self, socket: Socket, frame: Outgoing, conversation: str | None, found: Found) -> None:
        callee = frame.target
        if callee is None:
            raise InvalidValue("is missing", place="$.body.to_user_id")
        if callee == socket.user_id:
            raise InvalidRequest("nobody calls themselves", place="$.body.to_user_id")
        reason = await self._reason_against(socket, callee, conversation)
        if reason:
            answer = frames.made(
                "call_declined", reason=reason, conversation_id=frame.body.get("conversation_id")
            )
            self._say([socket], frames.signed(answer, callee, found, ""), found)
            return
        if socket.closing is not None:
            return  # while we asked
        kind = frames.call_type(frame.body)
        leg = self.calls.open(
            socket.user_id, callee, conversation, socket=socket, found=found, call_type=kind
        )
        leg.call.authorization = socket.authorization
        if leg.state == "ringing":
            self._clock.call_later(RING_S, self._unanswered, leg)
        self._say(self.hub.of(callee), frame, found)

    async def _reason_against(self, socket: Socket, callee: int, conversation: str | None) -> str:
        verdict = await self._consent.to_ring(socket, callee, conversation)
        if not verdict.allowed:
            return verdict.reason
        return "" if self.hub.of(callee) else "offline"

    async def _pass_on(self, socket: Socket, frame: Outgoing, conversation: str | None, found: Found) -> None:
        try:
            routes = self.calls.route(socket.user_id, frame.target, conversation)
        except NoCall:
            await self._check_forgotten(socket, frame, conversation)
            self._say(self.hub.of(frame.target or 0), frame, found)
            return
        for person in {route.person for route in self._follow(routes, socket, frame)}:
            self._say(self.hub.of(person), frame, found)

    async def _check_forgotten(self, socket: Socket, frame: Outgoing, conversation: str | None) -> None:
        """A call may have begun before this process did, and its end must still arrive. Raises `NoCall`.

        So who is in no call that we know hears a frame that names it from whoever may ring it. Not an answer or a
        refusal, though: those are for something that rings.
        """
        target, late = frame.target, ("call_answer", "call_declined")
        if target in (None, socket.user_id) or frame.frame.type in late or self._busy(target):
            raise NoCall
        verdict = await self._consent.to_speak(socket, target, conversation)
        if not verdict.allowed or self._busy(target) or not self.hub.of(target):
            raise NoCall

    def _busy(self, user_id: int) -> bool:
        return self.calls.busy(user_id) or self._sessions.busy(user_id)

    def _follow(self, routes: list[Route], socket: Socket, frame: Outgoing) -> list[Route]:
        """Keep the state of the call; the routes that the frame travels."""
        sender, part = socket.user_id, frame.frame.part
        if part == "answers":
            return self.calls.answered(routes, sender, socket)
        if part == "ends":
            return self._end(routes, frame, socket)
        self.calls.carried(routes, sender, socket)
        return routes

    def _end(self, routes: list[Route], frame: Outgoing, socket: Socket) -> list[Route]:
        """The routes that end. Another device of the callee may decline what was answered: that is nothing."""
        if frame.frame.type == "call_declined":
            routes = [
                r for r in routes if r.leg is None or r.leg.state == "ringing" or r.leg.socket is socket
            ]
        for route in routes:
            if route.leg is not None:
                self.calls.end(route.leg)
        return routes

    def _unanswered(self, leg: Leg) -> None:
        if not self.calls.rings(leg):
            return
        self.calls.end(leg)
        self.unanswered += 1
        call = leg.call
        self._notify(leg, call.caller, "call_declined", reason="no_answer")
        self._notify(leg, leg.callee, "call_cancelled", call_type=call.call_type)
        self._on_call_over(_over(leg, "no_answer"))

    def _notify(self, leg: Leg, person: int, type_: str, **values: str) -> None:
        """Say something about a leg to one side of it, as if the other side had said it."""
        frame = frames.made(type_, conversation_id=session_frames.as_sent(leg.call.conversation), **values)
        self._say(self.hub.of(person), frames.signed(frame, leg.other(person), leg.found, ""), leg.found)

    def _say(self, sockets: list[Socket], frame: Outgoing, found: Found) -> None:
        """The frame to these sockets of one person, each in its own shape and under its own name."""
        spoken: dict[Profile | None, bytes] = {}
        for socket in sockets:
            named = socket.named if socket.legacy else None
            if named not in spoken:
                spoken[named] = encode(_in_shape(socket, frame, found))
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


def _over(leg: Leg, status: str) -> CallOver:
    call = leg.call
    return CallOver(call.caller, leg.callee, call.conversation, call.call_type, call.authorization, status)


def _lost_status(leg: Leg, gone: int) -> str:
    if leg.state == "answered":
        return "ended"
    return "cancelled" if gone == leg.call.caller else "missed"


def _in_shape(socket: Socket, frame: Outgoing, found: Found) -> Node:
    if not socket.legacy:
        return frames.for_modern(frame, socket.user_id)
    return frames.for_legacy(frame, Roster(Caller(socket.user_id, socket.named), found))
