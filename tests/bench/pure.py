"""What translation alone costs: an exchange without sockets, everybody known, the upstream's answer at hand.

The least of many short runs: other processes on the machine can only make it larger.
"""

import time
from collections.abc import Callable, Coroutine
from typing import Any, cast

from multidict import CIMultiDict

from contracts.model.http import Headers, Request, Response
from gateway.config.model import Auth, Config, Secret
from gateway.upstream.client import Upstream
from tests.bench.through import BenchCore
from tests.bench.workloads import SECRET, Workload, answers

_ROUNDS, _TIMES = 40, 20


class AtHand:
    """The upstream's answers, without asking it."""

    def __init__(self) -> None:
        self._answers = answers()

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        start = f"{method} {target.partition('?')[0]}".encode()
        return Response(200, [("Content-Type", "application/json")], next(self._answers[start]))


async def measure(workload: Workload) -> tuple[float, float]:
    """Microseconds for finding the operation, and for the whole exchange."""
    core = BenchCore(Config(auth=Auth(secret=Secret(SECRET))), cast(Upstream, AtHand()))
    head, _, body = workload.ask.partition(b"\r\n\r\n")
    first, *rows = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    fields = CIMultiDict([cast(tuple[str, str], tuple(row.split(": ", 1))) for row in rows])
    request = Request(method, path, query, fields, body, "id", "127.0.0.1")
    exchanges = core.exchanges

    async def whole() -> Response:
        return await exchanges.answer(exchanges.plan(method, path, query, fields), request)

    async def plan() -> object:
        return exchanges.plan(method, path, query, fields)

    await whole()  # from here on everybody is known
    return await _least(plan), await _least(whole)


async def _least(function: Callable[[], Coroutine[Any, Any, object]]) -> float:
    """An exchange that asks one thing waits for nothing; one that asks several at once is a few tasks."""
    found = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        for _ in range(_TIMES):
            await function()
        found.append((time.perf_counter() - started) / _TIMES)
    return min(found) * 1e6
