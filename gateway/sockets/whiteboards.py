"""Whiteboards and their video calls: carried between roles, with the same rules of who may reach whom."""

from typing import NamedTuple

from adapters.frames import whiteboards as session_frames
from adapters.frames.calls import Spoken
from adapters.frames.whiteboards import Part
from contracts.model.document import Node, encode
from contracts.model.errors import Forbidden, InvalidRequest, InvalidValue, NotFound
from contracts.model.profile import PROFILE_TYPES, USER_TYPE, Profile
from contracts.model.roster import NOBODY, Found
from gateway.sockets.calls import Calls
from gateway.sockets.clock import Clock, iso
from gateway.sockets.consent import Consent
from gateway.sockets.hub import Hub, Socket
from gateway.sockets.people import People, check_allowed


class Offline(NotFound):
    """Nobody is there under that role."""

    code, default = "offline", "not connected"


class _Target(NamedTuple):
    role: Profile
    user_id: int


class Sessions:
    """Knows the video calls of whiteboards."""

    def __init__(self, hub: Hub, people: People, consent: Consent, clock: Clock) -> None:
        self._hub = hub
        self._people = people
        self._consent = consent
        self._clock = clock
        self._calls = Calls()

    async def carry(self, socket: Socket, spoken: Spoken, part: Part) -> None:
        """One frame of a session. Raises `GatewayError` for what does not go."""
        role = session_frames.target(spoken.body)
        if role is None:
            raise InvalidValue("is missing", place="$.body.to_profile_id")
        profiles = {role} if role.type in PROFILE_TYPES else set()
        users = {socket.user_id} if profiles else {socket.user_id, role.id}
        found = await self._people.find(profiles, users)
        check_allowed(found.people.get(socket.user_id), socket.named)
        to = self._resolve(role, found, socket)
        session = session_frames.session_of(spoken.body)
        await self._check(socket, to, part, session)
        name = found.people[socket.user_id].legacy_name(socket.named)  # type: ignore[union-attr]
        type_, now = spoken.type, iso(self._clock.time())
        sockets = self._sockets(to)
        if sockets or part == "ends":
            self._follow(socket, to, part, session)
        if sockets:
            _say(
                sockets,
                session_frames.signed(type_, spoken.body, socket.named, socket.user_id, name, now),
            )
        elif part == "opens":
            them = found.people.get(to.user_id)
            shown = (them.legacy_name(role), them.avatar) if them else ("", None)
            _say([socket], session_frames.offline(type_, role, *shown, now))
        else:
            raise Offline

    def busy(self, user_id: int) -> bool:
        """Whether the person takes part in a whiteboard's video call."""
        return self._calls.busy(user_id)

    def lost(self, socket: Socket, *, last: bool) -> None:
        """A socket is gone: the video calls that it conducted end."""
        for leg in self._calls.lost(socket.user_id, socket, last=last):
            if leg.roles is None:
                continue
            caller, callee = leg.roles
            gone, stays = (caller, callee) if socket.user_id == leg.call.caller else (callee, caller)
            others = self._sockets(_Target(stays, leg.other(socket.user_id)))
            _say(others, session_frames.ended(gone, leg.call.conversation))

    def _resolve(self, role: Profile, found: Found, socket: Socket) -> _Target:
        known = role.type == USER_TYPE and found.people.get(role.id)
        owner = role.id if known else found.owners.get(role)
        if owner is None:
            raise NotFound("no such person", place="$.body.to_profile_id")
        if owner == socket.user_id:
            raise InvalidRequest("this is yourself", place="$.body.to_profile_id")
        return _Target(role, owner)

    async def _check(self, socket: Socket, to: _Target, part: Part, session: str | None) -> None:
        """Into a call only its parties speak; to open one, or to draw, the other one must allow calls."""
        if part in ("carries", "ends"):
            self._calls.route(socket.user_id, to.user_id, session)
            return
        ask = self._consent.to_ring if part == "opens" else self._consent.to_speak
        verdict = await ask(socket, to.user_id)
        if not verdict.allowed:
            raise Forbidden(verdict.reason)

    def _follow(self, socket: Socket, to: _Target, part: Part, session: str | None) -> None:
        """Keep the state: who is in which video call, and on which socket."""
        me, calls = socket.user_id, self._calls
        if part == "opens":
            leg = calls.open(me, to.user_id, session, socket=socket, found=NOBODY, call_type="video")
            leg.roles = (socket.named, to.role)
        elif part != "draws":
            routes = calls.route(me, to.user_id, session)
            for leg in (route.leg for route in routes if route.leg is not None):
                if part == "ends":
                    calls.end(leg)
                elif leg.callee == me:
                    leg.state = "answered"
            calls.carried(routes, me, socket)

    def _sockets(self, to: _Target) -> list[Socket]:
        """Only sockets under that very role: a modern chat knows nothing of whiteboards."""
        return [socket for socket in self._hub.of(to.user_id) if socket.legacy and socket.named == to.role]


def _say(sockets: list[Socket], frame: Node) -> None:
    data = encode(frame)
    for socket in sockets:
        socket.send(data)
