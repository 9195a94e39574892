"""The state machine of calls, without sockets and clocks: rows of transcripts, and random stories against a model."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.model.errors import Forbidden, GatewayError, InvalidRequest, RateLimited
from contracts.model.roster import NOBODY
from gateway.sockets.calls import MAX_LEGS, Calls, Leg, NoCall

A, B, C, D = 1, 2, 3, 4
#: From where the callers ring; compared by identity, like real sockets.
OWN = {caller: f"socket of {caller}" for caller in range(100)}


def ring(
    calls: Calls, caller: int, callee: int, conversation: str | None = "11", socket: object = None
) -> Leg:
    return calls.open(
        caller, callee, conversation, socket=socket or OWN[caller], found=NOBODY, call_type="voice"
    )


def people(
    calls: Calls, sender: int, target: int | None = None, conversation: str | None = "11"
) -> list[int]:
    return sorted({route.person for route in calls.route(sender, target, conversation)})


def answer(calls: Calls, sender: int, socket: object = "there", conversation: str | None = "11") -> None:
    calls.answered(calls.route(sender, None, conversation), sender, socket)


@pytest.mark.parametrize(
    ("sender", "target", "conversation", "reached"),
    [
        (A, None, "11", [B]),
        (A, B, "11", [B]),
        (A, B, None, [B]),
        (A, None, None, [B]),
        (B, None, "11", [A]),
        (B, A, None, [A]),
    ],
)
def test_a_frame_finds_its_way(
    sender: int, target: int | None, conversation: str | None, reached: list[int]
) -> None:
    calls = Calls()
    ring(calls, A, B)
    assert people(calls, sender, target, conversation) == reached


@pytest.mark.parametrize(
    ("sender", "target", "conversation"),
    [(A, C, "11"), (A, None, "12"), (A, B, "12"), (A, A, "11"), (C, A, "11"), (C, None, None), (C, B, None)],
)
def test_a_frame_from_or_to_the_outside_does_not(
    sender: int, target: int | None, conversation: str | None
) -> None:
    calls = Calls()
    ring(calls, A, B)
    with pytest.raises(NoCall):
        calls.route(sender, target, conversation)


def test_only_who_is_called_answers_and_only_once() -> None:
    calls = Calls()
    leg = ring(calls, A, B)
    with pytest.raises(Forbidden):
        answer(calls, A)
    answer(calls, B, "phone")
    assert (leg.state, leg.socket) == ("answered", "phone")
    answer(calls, B, "phone")
    with pytest.raises(Forbidden):
        answer(calls, B, "tablet")


def test_an_ended_call_is_gone_and_can_begin_again() -> None:
    calls = Calls()
    first = ring(calls, A, B)
    calls.end(first)
    calls.end(first)
    assert not calls.rings(first)
    assert (calls.busy(A), calls.busy(B), list(calls)) == (False, False, [])
    second = ring(calls, A, B)
    calls.end(first)
    assert calls.rings(second)


def test_ringing_again_is_a_new_leg_until_it_was_answered() -> None:
    calls = Calls()
    first, second = ring(calls, A, B), ring(calls, A, B)
    assert (calls.rings(first), calls.rings(second)) == (False, True)
    answer(calls, B)
    assert ring(calls, A, B) is second
    assert second.state == "answered"


def test_a_group_reaches_each_other_but_no_second_group() -> None:
    calls = Calls()
    ring(calls, A, B)
    ring(calls, A, C)
    ring(calls, D, C)
    assert people(calls, A) == [B, C]
    assert people(calls, B) == [A]
    assert people(calls, B, C) == [C]
    assert people(calls, C, D) == [D]
    for stranger in ((B, D), (D, A), (D, B)):
        with pytest.raises(NoCall):
            calls.route(*stranger, "11")
    with pytest.raises(InvalidRequest):
        calls.route(C, None, "11")


def test_without_a_conversation_a_call_is_a_pair() -> None:
    calls = Calls()
    ring(calls, A, B, None)
    ring(calls, A, C, None)
    assert people(calls, A, B, None) == [B]
    with pytest.raises(NoCall):
        calls.route(B, C, None)
    with pytest.raises(InvalidRequest):
        calls.route(A, None, None)


def test_two_who_call_each_other_at_once() -> None:
    calls = Calls()
    mine, theirs = ring(calls, A, B), ring(calls, B, A)
    assert people(calls, A) == [B]
    answer(calls, A)
    assert theirs.state == "answered"
    assert not calls.rings(mine)
    assert len(list(calls)) == 1


@pytest.mark.parametrize(
    ("who", "socket", "last", "ended"),
    [
        (A, OWN[A], False, True),
        (A, "other", False, False),
        (A, "other", True, True),
        (B, "phone", False, True),
        (B, "other", False, False),
        (B, "other", True, True),
        (C, "phone", True, False),
    ],
)
def test_a_lost_socket(who: int, socket: str, last: bool, ended: bool) -> None:
    calls = Calls()
    leg = ring(calls, A, B)
    answer(calls, B, "phone")
    assert calls.lost(who, socket, last=last) == ([leg] if ended else [])
    assert calls.busy(A) is not ended


def test_the_conducting_socket_is_the_one_that_speaks() -> None:
    calls = Calls()
    ring(calls, A, B)
    answer(calls, B, "phone")
    for who, socket in ((A, "laptop"), (B, "tablet")):
        calls.carried(calls.route(who, None, "11"), who, socket)
        assert calls.lost(who, "phone", last=False) == calls.lost(who, OWN[A], last=False) == []
    assert len(calls.lost(B, "tablet", last=False)) == 1


def test_too_many_calls_at_once() -> None:
    calls = Calls()
    for callee in range(10, 10 + MAX_LEGS):
        ring(calls, A, callee, "12")
    with pytest.raises(RateLimited):
        ring(calls, A, B)
    assert not calls.busy(B)
    assert ring(calls, B, A)


PEOPLE = st.sampled_from([A, B, C, D])
CONVERSATIONS = st.sampled_from(["11", "12", None])


class Stories(RuleBasedStateMachine):
    """Random calls, kept beside as plain tuples (caller, callee, conversation) with their state."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = Calls()
        self.model: dict[tuple[int, int, str | None], str] = {}

    @rule(caller=PEOPLE, callee=PEOPLE, conversation=CONVERSATIONS)
    def rings(self, caller: int, callee: int, conversation: str | None) -> None:
        if caller != callee:
            ring(self.calls, caller, callee, conversation)
            self.model.setdefault((caller, callee, conversation), "ringing")

    @rule(sender=PEOPLE, to=PEOPLE, conversation=CONVERSATIONS, end=st.booleans())
    def speaks(self, sender: int, to: int, conversation: str | None, end: bool) -> None:
        pairs = [key for key in self.model if {sender, to} == set(key[:2]) and conversation in (None, key[2])]
        group = any(
            (caller, to, c) in self.model and sender != to and conversation in (None, c)
            for caller, callee, c in self.model
            if callee == sender and c is not None
        )
        try:
            routes = self.calls.route(sender, to, conversation)
        except NoCall:
            assert not pairs
            assert not group
            return
        assert pairs or group
        assert {route.person for route in routes} == {to}
        if end:
            for route in routes:
                if route.leg is not None:
                    self.calls.end(route.leg)
            for key in pairs:
                del self.model[key]

    @rule(sender=PEOPLE, to=PEOPLE, conversation=CONVERSATIONS)
    def answers(self, sender: int, to: int, conversation: str | None) -> None:
        takes = [key for key in self.model if key[:2] == (to, sender) and conversation in (None, key[2])]
        try:
            self.calls.answered(self.calls.route(sender, to, conversation), sender, "there")
        except GatewayError:
            assert not takes
            return
        for key in takes:
            self.model[key] = "answered"
        if takes:
            for key in [k for k, state in self.model.items() if k[:2] == (sender, to) and state == "ringing"]:
                del self.model[key]

    @rule(who=PEOPLE)
    def leaves(self, who: int) -> None:
        ended = self.calls.lost(who, "any", last=True)
        gone = {key for key in self.model if who in key[:2]}
        assert {(leg.call.caller, leg.callee, leg.call.conversation) for leg in ended} == gone
        for key in gone:
            del self.model[key]

    @invariant()
    def agrees(self) -> None:
        legs = [(call, leg) for call in self.calls for leg in call.legs.values()]
        assert {(call.caller, leg.callee, call.conversation): leg.state for call, leg in legs} == self.model
        for user in (A, B, C, D):
            assert self.calls.busy(user) == any(user in key[:2] for key in self.model)


TestStories = Stories.TestCase
