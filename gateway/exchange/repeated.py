"""A question that was asked before, on its way to the upstream and back, without a coroutine.

What it asked the last time is asked at once. Where the answers are the last ones, so is the response. Everything else
(another answer, an error, an answer that takes long) is for the exchange itself, which gets what has been asked.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from contracts.model.http import Response
from gateway.exchange.prepared import Again
from gateway.exchange.protocols import Asked
from gateway.exchange.sources import Knowledge, Question

_log: Final = logging.getLogger("gateway.exchange")
#: Seconds for all of several answers. After that a handler decides which of them it waits for.
ALL_WITHIN_S: Final = 0.25


class Repeated:
    """``ended`` is called once: with the response, or with None; then ``early`` is what has been asked."""

    __slots__ = ("_again", "_ended", "_knowledge", "_left", "_timer", "early")

    def __init__(self, again: Again, knowledge: Knowledge, ended: Callable[[Response | None], None]) -> None:
        self._again = again
        self._knowledge = knowledge
        self._ended = ended
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None
        self.early: dict[Question, Asked] = {}

    def start(self, request_id: str) -> None:
        """Ask everything; ``ended`` may be called before this returns."""
        messages, upstream = self._again.way.messages, self._again.backend.upstream
        name = b"X-Request-Id: %b\r\n\r\n" % request_id.encode()
        self._left = len(messages) + 1
        for question, message in messages.items():
            asked = upstream.ask(message + name, self._one_ended)
            if asked is None:
                self._give_up()
                return
            self.early[question] = asked
        if len(messages) > 1:
            self._timer = asyncio.get_running_loop().call_later(ALL_WITHIN_S, self._give_up)
        self._one_ended()

    def cancel(self) -> None:
        """Nobody wants the response any more."""
        self._stop()
        for asked in self.early.values():
            asked.cancel()

    def _one_ended(self) -> None:
        self._left -= 1
        if self._left:
            return
        self._stop()
        answers = {
            question: asked.response for question, asked in self.early.items() if asked.response is not None
        }
        whole = len(answers) == len(self.early)
        try:
            response = self._again.way.again(answers, self._knowledge) if whole else None
        except Exception:  # a fault of ours: nobody must wait for ever, or lose an upstream's connection
            _log.exception("internal error")
            response = None
        self._ended(response)

    def _give_up(self) -> None:
        self._stop()
        self._ended(None)

    def _stop(self) -> None:
        self._left = -1  # whatever ends from now on ends for somebody else
        if self._timer is not None:
            self._timer.cancel()
