"""Asks the other backend what a client has just been answered, within a budget, and compares the two.

It starts after the client has its answer, on connections of its own; whatever happens here reaches no client. What
was chosen is compared or counted as skipped with its reason.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from contracts.model.http import Response
from gateway.comparison.declared import Declared
from gateway.comparison.differences import Difference
from gateway.comparison.noise import Noise
from gateway.comparison.redaction import Redactor
from gateway.comparison.tally import Tally
from gateway.config.traffic import Compare
from gateway.exchange.watched import Asked
from gateway.traffic.answers import Given, answer_of, given
from gateway.traffic.budget import Rate
from gateway.traffic.pair import Find, Found, NotCompared, Pairs, persisting, place_of

#: So often a difference is looked at again: what differed because something was written meanwhile is gone by then.
LOOKS: Final = 3


class Ends(NamedTuple):
    """The names of the old and the new upstream."""

    old: str
    new: str

    def other(self, name: str) -> str:
        """The one that was not asked."""
        return self.new if name == self.old else self.old


class Backends(Protocol):
    """Asks a backend, with connections of its own."""

    def ask(self, upstream: str, asked: Asked) -> Awaitable[Response]:
        """The same request, answered by this upstream."""

    async def translate(self, upstream: str, asked: Asked) -> list[str]:
        """What of the request, as this upstream would get it, breaks the upstream's contract. Nothing is sent."""


class Comparisons:
    """``find`` says who is behind profiles.

    ``draw`` gives numbers from 0 to 1, ``clock`` seconds that never go back.
    """

    def __init__(
        self,
        settings: Compare,
        ends: Ends,
        backends: Backends,
        find: Find,
        *,
        draw: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._ends = ends
        self._backends = backends
        self._draw = draw
        self._rate = Rate(settings.budget_per_s, clock)
        self._pairs = Pairs(Noise(clock), Declared(settings.ignore), find)
        self._redactor = Redactor()
        self._running: set[asyncio.Task[None]] = set()
        self._tallies: dict[str, Tally] = {}

    def consider(self, asked: Asked, response: Response | None, status: int) -> None:
        """A client has been answered: perhaps the other backend is asked, too."""
        if self._draw() * 100 >= self._settings.percent or asked.backend.name not in self._ends:
            return
        if asked.match.operation.upload:
            return
        safe = asked.match.operation.safe
        if safe == "marks_read" and not self._settings.marks_read:
            return
        tally = self._tally(asked)
        if not self._rate.take():
            tally.skip("over_budget")
        elif len(self._running) >= self._settings.concurrency:
            tally.skip("queue_full")
        elif safe:
            self._start(asked, partial(self._compare, asked, given(response, status)))
        elif status < 400:
            self._start(asked, partial(self._try_translation, asked))

    def take(self) -> Mapping[str, Tally]:
        """What was compared since the last time, by operation."""
        taken, self._tallies = self._tallies, {}
        return taken

    async def close(self) -> None:
        """End what runs; it counts as interrupted."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until nothing runs."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    def _tally(self, asked: Asked) -> Tally:
        return self._tallies.setdefault(asked.match.operation.name, Tally())

    def _start(self, asked: Asked, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.get_running_loop().create_task(self._bounded(asked, work))
        self._running.add(task)
        task.add_done_callback(partial(self._ended, asked))

    def _ended(self, asked: Asked, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if task.cancelled() or task.exception() is not None:
            self._tally(asked).skip("interrupted")

    async def _bounded(self, asked: Asked, work: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                await work()
        except NotCompared as error:
            self._tally(asked).skip(error.reason)
        except TimeoutError:
            self._tally(asked).skip("timeout")

    async def _compare(self, asked: Asked, seen: Given) -> None:
        place, there = place_of(asked.match, asked.person), asked.backend.name
        other = await answer_of(self._backends.ask(self._ends.other(there), asked))
        old, new = (seen, other) if there == self._ends.old else (other, seen)
        await self._learn(asked, old)
        found = await self._pairs.compare(place, old, new)
        left = await self._look_again(asked, found.left) if found.left else []
        self._note(asked, found, left)

    async def _learn(self, asked: Asked, old: Given) -> None:
        if old.good and self._draw() * 100 < self._settings.noise_percent:
            again = await answer_of(self._backends.ask(self._ends.old, asked))
            self._pairs.learn(asked.match.operation.name, old, again)

    async def _look_again(self, asked: Asked, left: list[Difference]) -> list[Difference]:
        """What still differs when both are asked at once, now the one first and now the other."""
        for look in range(LOOKS):
            names = self._ends if look % 2 else (self._ends.new, self._ends.old)
            asking = [answer_of(self._backends.ask(name, asked)) for name in names]
            given = dict(zip(names, await asyncio.gather(*asking), strict=True))
            place = place_of(asked.match, asked.person)
            found = await self._pairs.compare(place, given[self._ends.old], given[self._ends.new])
            left = persisting(left, found.left)
            if not left:
                break
        return left

    def _note(self, asked: Asked, found: Found, left: list[Difference]) -> None:
        tally = self._tally(asked)
        tally.values += found.values
        tally.masked += found.masked
        tally.add([(one, self._example(one)) for one in left], excused=found.excused or bool(found.left))

    def _example(self, one: Difference) -> dict[str, Any]:
        return {"old": self._redactor.example(one.old), "new": self._redactor.example(one.new)}

    async def _try_translation(self, asked: Asked) -> None:
        """A write is translated for the other upstream and checked against its contract, and not sent."""
        broken = await self._backends.translate(self._ends.other(asked.backend.name), asked)
        found: list[tuple[Difference, dict[str, Any]]] = [
            (Difference(f"$.request{place[1:]}", "type", None, None), {}) for place in broken
        ]
        self._tally(asked).add(found, excused=False)
