"""Who is in which call, and whom a frame of a call may therefore reach. Values only: no socket, no clock.

::

    (nothing) --opens--> ringing --answers--> answered --ends--> (nothing)
                            |--ends, unanswered, lost socket---------^

A call is kept by its caller and its conversation (without a conversation: by the pair), with one leg for each callee.
So an answer or a candidate that names nobody finds its way, and nobody from outside can speak into a call. The people
of a group call may speak to each other, because the same caller invited them to the same conversation.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from contracts.model.errors import Forbidden, InvalidRequest, NotFound, RateLimited
from contracts.model.profile import Profile
from contracts.model.roster import Found

#: Open legs of one caller; a group has fewer people.
MAX_LEGS: Final = 64

State = Literal["ringing", "answered"]


class NoCall(NotFound):
    """The frame belongs to no call that its sender takes part in."""

    code, default = "no_call", "there is no such call"


class Leg:
    """One callee of a call. ``socket`` is where it was answered; ``found`` names both sides in later frames.

    ``roles`` are those of caller and callee in a whiteboard's call, which goes from role to role.
    """

    __slots__ = ("call", "callee", "found", "roles", "socket", "state")

    def __init__(self, call: "Call", callee: int, found: Found) -> None:
        self.call = call
        self.callee = callee
        self.found = found
        self.roles: tuple[Profile, Profile] | None = None
        self.state: State = "ringing"
        self.socket: object | None = None

    def other(self, user_id: int) -> int:
        """The person at the other end."""
        return self.callee if user_id == self.call.caller else self.call.caller


class Call:
    """A caller, the socket from which it calls with its bearer, and the legs."""

    __slots__ = ("authorization", "call_type", "caller", "conversation", "legs", "socket")

    def __init__(self, caller: int, conversation: str | None) -> None:
        self.caller = caller
        self.conversation = conversation
        self.call_type = "voice"
        self.authorization = ""
        self.socket: object | None = None
        self.legs: dict[int, Leg] = {}

    def has(self, user_id: int) -> bool:
        """Whether this person takes part."""
        return user_id == self.caller or user_id in self.legs

    def legs_of(self, user_id: int) -> list[Leg]:
        """All legs for the caller, its own one for a callee."""
        if user_id == self.caller:
            return list(self.legs.values())
        return [self.legs[user_id]] if user_id in self.legs else []


class Route(NamedTuple):
    """Where a frame goes: the person, and the leg that it travels (None between two callees of a group)."""

    person: int
    call: Call
    leg: Leg | None


class Calls:
    """All calls of this gateway."""

    def __init__(self) -> None:
        self._of: dict[int, set[Call]] = {}

    def __iter__(self) -> Iterator[Call]:
        """Every call once."""
        return iter({call for calls in self._of.values() for call in calls})

    def busy(self, user_id: int) -> bool:
        """Whether the person takes part in a call."""
        return user_id in self._of

    def open(
        self,
        caller: int,
        callee: int,
        conversation: str | None,
        *,
        socket: object,
        found: Found,
        call_type: str,
    ) -> Leg:
        """A new ringing leg; the same invitation again rings anew. Raises `RateLimited` for too many."""
        call = self._opened(caller, callee, conversation)
        if call is None:
            call = Call(caller, conversation)
        elif callee in call.legs and call.legs[callee].state == "answered":
            # A second offer within a call is a renegotiation; it does not ring again.
            call.socket = socket
            return call.legs[callee]
        if sum(len(c.legs) for c in self._of.get(caller, ()) if c.caller == caller) >= MAX_LEGS:
            raise RateLimited("too many calls at once")
        call.socket, call.call_type = socket, call_type
        leg = call.legs[callee] = Leg(call, callee, found)
        for user in (caller, callee):
            self._of.setdefault(user, set()).add(call)
        return leg

    def _opened(self, caller: int, callee: int, conversation: str | None) -> Call | None:
        for call in self._of.get(caller, ()):
            same = call.caller == caller and call.conversation == conversation
            if same and (conversation is not None or callee in call.legs):
                return call
        return None

    def route(self, sender: int, target: int | None, conversation: str | None) -> list[Route]:
        """Whom a frame of this sender reaches. Raises `NoCall`, or `InvalidRequest` when it could mean several."""
        calls = [
            call
            for call in self._of.get(sender, ())
            if conversation is None or call.conversation == conversation
        ]
        routes = _towards(calls, sender, target) if target is not None else _everywhere(calls, sender)
        if not routes:
            raise NoCall()
        return routes

    def answered(self, routes: Iterable[Route], sender: int, socket: object) -> list[Route]:
        """The callee takes the call on this socket; the routes that the answer travels.

        Raises `Forbidden` for who cannot answer, or cannot any more: another socket of the person was faster.
        """
        taken = [route for route in routes if route.leg is None or route.leg.callee == sender]
        if not taken:
            raise Forbidden("only who is called can answer")
        for _, _, leg in taken:
            if leg is None:
                continue  # two callees of a group agree between themselves
            if leg.state == "answered" and leg.socket is not socket:
                raise Forbidden("this call was answered elsewhere")
            leg.state, leg.socket = "answered", socket
            self._end_crossing(sender, leg.call.caller)
        return taken

    def _end_crossing(self, caller: int, callee: int) -> None:
        """Both called each other at once: the other call must not ring on and then end the answered one."""
        for call in list(self._of.get(caller, ())):
            leg = call.legs.get(callee)
            if call.caller == caller and leg is not None and leg.state == "ringing":
                self.end(leg)

    def carried(self, routes: Iterable[Route], sender: int, socket: object) -> None:
        """The sender conducts the call on this socket: its loss ends the call."""
        for route in routes:
            if sender == route.call.caller:
                route.call.socket = socket
            elif route.leg is not None and route.leg.state == "answered":
                route.leg.socket = socket

    def end(self, leg: Leg) -> None:
        """The leg is over; a call without legs too."""
        call = leg.call
        if call.legs.get(leg.callee) is not leg:
            return
        del call.legs[leg.callee]
        self._forget(leg.callee, call)
        if not call.legs:
            self._forget(call.caller, call)

    def rings(self, leg: Leg) -> bool:
        """Whether this very leg still waits for its answer."""
        return leg.call.legs.get(leg.callee) is leg and leg.state == "ringing"

    def lost(self, user_id: int, socket: object, *, last: bool) -> list[Leg]:
        """End what this socket conducted (with the person's last socket: everything); the ended legs."""
        ended = [
            leg
            for call in self._of.get(user_id, ())
            for leg in call.legs_of(user_id)
            if last or (call.socket if user_id == call.caller else leg.socket) is socket
        ]
        for leg in ended:
            self.end(leg)
        return ended

    def _forget(self, user_id: int, call: Call) -> None:
        calls = self._of.get(user_id)
        if calls is not None:
            calls.discard(call)
            if not calls:
                del self._of[user_id]


def _towards(calls: list[Call], sender: int, target: int) -> list[Route]:
    direct = [
        Route(target, call, leg)
        for call in calls
        for leg in call.legs_of(sender)
        if leg.other(sender) == target
    ]
    if direct:
        return direct
    group = (call for call in calls if call.conversation is not None and sender != call.caller)
    return [Route(target, call, None) for call in group if target in call.legs and target != sender][:1]


def _everywhere(calls: list[Call], sender: int) -> list[Route]:
    routes = [Route(leg.other(sender), call, leg) for call in calls for leg in call.legs_of(sender)]
    if len(calls) > 1 and len({route.person for route in routes}) > 1:
        raise InvalidRequest("this could mean several calls", place="$.body.conversation_id")
    return routes
