"""Who was let in may lose the right to stay: a person is switched off, a role is taken away, the old shape ends."""

import asyncio
from typing import Final

from contracts.model.errors import GatewayError
from gateway.exchange.deprecation import Deprecation
from gateway.sockets.clock import Clock, Timer
from gateway.sockets.hub import NO_LONGER_ALLOWED, Hub
from gateway.sockets.people import People, SenderRefused, check_allowed

RECHECK_S: Final = 30.0


class Recheck:
    """Looks at all open sockets every ``RECHECK_S`` seconds while there are any."""

    def __init__(self, hub: Hub, people: People, deprecation: Deprecation, clock: Clock) -> None:
        self._hub = hub
        self._people = people
        self._deprecation = deprecation
        self._clock = clock
        self._timer: Timer | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Somebody came in."""
        if self._timer is None:
            self._timer = self._clock.call_later(RECHECK_S, self._due)

    def close(self) -> None:
        """No more."""
        if self._timer is not None:
            self._timer.cancel()

    def _due(self) -> None:
        self._timer = None
        if self._hub.all():
            self.begin()
            self._task = asyncio.ensure_future(self.run())

    async def run(self) -> None:
        """Close the sockets that may not be here any more (4403). One batch of look-ups, usually cached."""
        self._end_what_is_switched_off()
        people = self._hub.people()
        if not people:
            return
        try:
            found = await self._people.find((), people)
        except GatewayError:
            return  # who cannot be known now stays; its frames are refused one by one
        for socket in self._hub.all():
            if socket.user_id not in found.people:
                continue  # came in while we asked
            try:
                check_allowed(found.people[socket.user_id], socket.named)
            except SenderRefused:
                socket.shut(NO_LONGER_ALLOWED, b"no longer allowed")

    def _end_what_is_switched_off(self) -> None:
        if not self._deprecation.over(self._clock.time()):
            return
        for socket in self._hub.all():
            if socket.legacy:
                socket.shut(NO_LONGER_ALLOWED, b"switched off")
