"""Every answer is counted, and what goes wrong in counting reaches no client."""

from typing import Any

import pytest

from contracts.model.errors import Forbidden
from contracts.model.http import Response
from gateway.rollout.ledger import Ledger
from gateway.traffic.health import Health
from gateway.traffic.watch import TrafficWatch
from tests.gateway.traffic.asked import asked

GOOD = Response(200, (), b"{}")


class Seen:
    def __init__(self, failure: type[Exception] | None = None) -> None:
        self.failure = failure
        self.statuses: list[int] = []

    def consider(self, one: Any, response: Response | None, status: int) -> None:
        self.statuses.append(status)
        if self.failure:
            raise self.failure


async def answer() -> Response:
    return GOOD


async def refuse() -> Response:
    raise Forbidden


async def test_an_answer_and_a_refusal_are_seen_and_passed_on() -> None:
    health, seen = Health(), Seen()
    watch = TrafficWatch(health, None, seen)
    assert await watch(asked(), answer()) is GOOD
    with pytest.raises(Forbidden):
        await watch(asked(), refuse())
    assert seen.statuses == [200, 403]
    assert sum(count.requests for count in health.take().values()) == 2


async def test_only_the_old_shape_is_in_the_ledger() -> None:
    ledger, batches = Ledger(), []
    watch = TrafficWatch(Health(), ledger)
    await watch(asked(), answer())
    await watch(asked(profile_id="5", profile_type="student"), answer())

    async def write(batch: Any) -> None:
        batches.append(batch)

    await ledger.flush(write)
    ((key, count),) = batches[0].counts.items()
    assert (key.operation, key.client, key.user_id, count.requests) == ("contacts.list", "Firefox", 1, 1)


async def test_a_failure_in_here_is_ours_alone() -> None:
    watch = TrafficWatch(Health(), None, Seen(RuntimeError))
    assert await watch(asked(), answer()) is GOOD
    assert watch.failures == 1
