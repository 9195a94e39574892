"""The calls that are going on: who is with whom, and what a frame means for them. State only, no sockets."""

from typing import Any, Final, NamedTuple

OPENS: Final = {"call_invitation"}
ANSWERS: Final = {"call_answer"}
CARRIES: Final = {"ice_candidate", "webrtc_offer", "webrtc_answer", "call_mode_switched", "call_mode_changed"}
ENDS: Final = {"call_declined", "call_cancelled", "call_ended"}
KNOWN: Final = OPENS | ANSWERS | CARRIES | ENDS


class Ring(NamedTuple):
    """One call between two people. ``conversation_id`` is what the invitation held, whatever that was."""

    caller: int
    callee: int
    conversation_id: Any

    def other(self, user_id: int) -> int:
        """The one at the other end."""
        return self.callee if user_id == self.caller else self.caller


class Ringing:
    """The calls of this process, at most one between two people."""

    def __init__(self) -> None:
        self._rings: dict[frozenset[int], Ring] = {}
        self._answered: set[Ring] = set()

    def open(self, caller: int, callee: int, conversation_id: object) -> Ring:
        """A call that now rings; an earlier one between the two is forgotten."""
        self.end(caller, callee)
        ring = Ring(caller, callee, conversation_id)
        self._rings[frozenset((caller, callee))] = ring
        return ring

    def between(self, one: int, other: int) -> Ring | None:
        """The call between two people."""
        return self._rings.get(frozenset((one, other)))

    def in_conversation(self, user_id: int, conversation_id: object) -> Ring | None:
        """The call of a person who does not say with whom: the one of that conversation, or the only one."""
        mine = self.of(user_id)
        there = [ring for ring in mine if ring.conversation_id == conversation_id]
        return there[0] if there else (mine[0] if len(mine) == 1 else None)

    def of(self, user_id: int) -> list[Ring]:
        """All calls of a person."""
        return [ring for people, ring in self._rings.items() if user_id in people]

    def answer(self, ring: Ring) -> None:
        """It rings no more."""
        self._answered.add(ring)

    def is_unanswered(self, ring: Ring) -> bool:
        """Whether it still rings; no for one that is over or was replaced."""
        return self.between(ring.caller, ring.callee) is ring and ring not in self._answered

    def end(self, one: int, other: int) -> Ring | None:
        """The call between two people is over."""
        ring = self._rings.pop(frozenset((one, other)), None)
        if ring is not None:
            self._answered.discard(ring)
        return ring
