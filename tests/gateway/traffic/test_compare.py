"""The runner: what it asks, what it counts, and that everything chosen is accounted for."""

import asyncio
import gc
import json
from typing import Any

import pytest

from contracts.model.http import Response
from contracts.model.roster import NOBODY, Found
from gateway.config.traffic import Compare
from gateway.exchange.watched import Asked
from gateway.traffic.compare import Comparisons, Ends
from tests.gateway.traffic.asked import asked

SETTINGS = Compare(percent=100, budget_per_s=10_000, concurrency=1000, noise_percent=0)
GOOD = Response(200, (), b'{"contacts": [{"id": 1, "name": "a"}]}')


class Backends:
    """Answers by upstream: a body, an exception, or a function."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.broken: list[str] = []

    async def ask(self, upstream: str, one: Asked) -> Response:
        self.asked.append(upstream)
        answer = self.answers.get(upstream, GOOD)
        found = await answer() if callable(answer) else answer
        return found if isinstance(found, Response) else Response(200, (), json.dumps(found).encode())

    async def translate(self, upstream: str, one: Asked) -> list[str]:
        self.asked.append(f"translate for {upstream}")
        return self.broken


async def nobody(_: Any) -> Found:
    return NOBODY


def runner(backends: Backends, settings: Compare = SETTINGS, draw: float = 0.0) -> Comparisons:
    return Comparisons(settings, Ends("old", "new"), backends, nobody, draw=lambda: draw, clock=lambda: 0.0)


async def test_the_other_one_is_asked_whichever_answered() -> None:
    for upstream, other in (("old", "new"), ("new", "old")):
        backends = Backends()
        comparing = runner(backends)
        comparing.consider(asked(upstream=upstream), GOOD, 200)
        assert backends.asked == [], "the client is answered first"
        await comparing.idle()
        assert backends.asked == [other]
        assert comparing.take()["contacts.list"].equal == 1
        assert comparing.take() == {}


@pytest.mark.parametrize(
    ("percent", "draw", "chosen"), [(0, 0.0, 0), (10, 0.0999, 1), (10, 0.1, 0), (100, 0.9999, 1)]
)
async def test_the_share_is_strict(percent: float, draw: float, chosen: int) -> None:
    backends = Backends()
    comparing = runner(backends, Compare(percent=percent, noise_percent=0), draw)
    comparing.consider(asked(), GOOD, 200)
    await comparing.idle()
    assert len(backends.asked) == chosen


async def test_messages_are_compared_only_where_marking_them_read_is_allowed() -> None:
    one = asked("/api/chat/conversations/11/messages")
    for allowed in (False, True):
        backends = Backends()
        comparing = runner(backends, Compare(percent=100, noise_percent=0, marks_read=allowed))
        comparing.consider(one, GOOD, 200)
        await comparing.idle()
        assert backends.asked == ["new"] * allowed


async def test_a_write_is_translated_and_never_sent() -> None:
    backends = Backends()
    comparing = runner(backends)
    one = asked("/api/chat/block", "POST")
    for _ in range(1000):
        comparing.consider(one, GOOD, 200)
    backends.broken = ["$.body.blocked_user_id"]
    await comparing.idle()
    assert set(backends.asked) == {"translate for new"}
    tally = comparing.take()["blocks.create"]
    assert (tally.chosen, set(tally.places)) == (1000, {("$.request.body.blocked_user_id", "type")})


async def test_what_is_over_the_budget_is_counted_and_not_asked() -> None:
    held = asyncio.Event()

    async def wait() -> Response:
        await held.wait()
        return GOOD

    backends = Backends(new=wait)
    comparing = runner(backends, Compare(percent=100, noise_percent=0, concurrency=2, budget_per_s=5))
    for _ in range(10):
        comparing.consider(asked(), GOOD, 200)
    held.set()
    await comparing.idle()
    tally = comparing.take()["contacts.list"]
    assert (tally.compared, tally.skipped["queue_full"], tally.skipped["over_budget"]) == (2, 3, 5)
    assert tally.chosen == 10


async def test_ten_thousand_have_ten_thousand_outcomes() -> None:
    """No task is lost to the garbage collector, and an equal answer is never a difference."""
    comparing = runner(
        Backends(), Compare(percent=100, noise_percent=0, concurrency=1000, budget_per_s=10_000)
    )
    one = asked()
    for number in range(10_000):
        comparing.consider(one, GOOD, 200)
        if number % 1000 == 999:
            gc.collect()
            await comparing.idle()
    tally = comparing.take()["contacts.list"]
    assert (tally.chosen, tally.equal, tally.places) == (10_000, 10_000, {})


@pytest.mark.parametrize("failure", [RuntimeError, ConnectionError, KeyError])
async def test_a_failure_of_ours_is_an_outcome(failure: type[Exception]) -> None:
    async def fail() -> Response:
        raise failure

    comparing = runner(Backends(new=fail))
    comparing.consider(asked(), GOOD, 200)
    await comparing.idle()
    assert comparing.take()["contacts.list"].skipped["interrupted"] == 1


async def test_a_backend_that_never_answers_costs_its_time_and_no_more() -> None:
    async def never() -> Response:
        await asyncio.Event().wait()
        return GOOD

    comparing = runner(Backends(new=never), Compare(percent=100, noise_percent=0, timeout_s=0.001))
    comparing.consider(asked(), GOOD, 200)
    await comparing.idle()
    assert comparing.take()["contacts.list"].skipped["timeout"] == 1
    comparing = runner(Backends(new=never))
    comparing.consider(asked(), GOOD, 200)
    await comparing.close()
    assert comparing.take()["contacts.list"].skipped["interrupted"] == 1


async def test_what_was_written_meanwhile_is_no_difference() -> None:
    """The client's answer is older than the other one; asked again, both say the same."""
    now: Any = {"contacts": [{"id": 1, "name": "b"}]}
    comparing = runner(Backends(old=now, new=now))
    comparing.consider(asked(), GOOD, 200)
    await comparing.idle()
    tally = comparing.take()["contacts.list"]
    assert (tally.noise, tally.different) == (1, 0)


async def test_a_difference_that_stays_is_reported_with_a_redacted_example() -> None:
    comparing = runner(Backends(new={"contacts": [{"id": 1, "name": "secret"}]}))
    comparing.consider(asked(), GOOD, 200)
    await comparing.idle()
    tally = comparing.take()["contacts.list"]
    ((place, found),) = tally.places.items()
    assert (place, tally.different) == (("$.contacts[].name", "value"), 1)
    assert "secret" not in str(found.example)


async def test_noise_is_learned_by_asking_the_old_one_twice() -> None:
    backends = Backends()
    comparing = runner(backends, Compare(percent=100, noise_percent=100))
    comparing.consider(asked(), GOOD, 200)
    await comparing.idle()
    assert backends.asked == ["new", "old"]
