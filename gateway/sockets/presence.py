"""Who learns that somebody comes or goes: the person's own audience, read once when it comes online.

The old server told everybody about everybody, whatever people had chosen. A person whose audience is not known (the
upstream did not answer, or it hides) is seen by nobody; that never hinders a call.
"""

import asyncio
from typing import Final

from adapters.frames.presence import Change, changed, listed
from contracts.model.document import Node, encode
from contracts.model.errors import GatewayError
from gateway.sockets.clock import Clock, iso
from gateway.sockets.hub import Hub, Socket
from gateway.sockets.people import People
from gateway.sockets.permissions import Permissions

#: After a restart everybody comes at once; so many are asked about at the same time.
_AT_ONCE: Final = 8


class Presence:
    """Comings and goings."""

    def __init__(self, hub: Hub, people: People, permissions: Permissions, clock: Clock) -> None:
        self._hub = hub
        self._people = people
        self._permissions = permissions
        self._clock = clock
        self._audience: dict[int, frozenset[int]] = {}
        self._asking: dict[int, asyncio.Task[None]] = {}
        self._notifying: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def came(self, socket: Socket) -> None:
        """The person's first socket: find out who may know, and tell them."""
        task = asyncio.get_running_loop().create_task(self._come(socket))
        self._asking[socket.user_id] = task

    def went(self, user_id: int) -> None:
        """The person's last socket is gone."""
        task = self._asking.pop(user_id, None)
        if task is not None:
            task.cancel()
        audience = self._audience.pop(user_id, frozenset())
        if audience:
            responding = asyncio.get_running_loop().create_task(
                self._notify("user_offline", user_id, audience)
            )
            self._notifying.add(responding)
            responding.add_done_callback(self._notifying.discard)

    async def answer(self, socket: Socket, asked: Node) -> None:
        """``get_online_users``: those who are there and let this person know it."""
        visible = [user for user in self._hub.people() if socket.user_id in self._audience.get(user, ())]
        found = await self._people.find((), visible)
        people = [person for user in visible if (person := found.people.get(user))]
        socket.send(encode(listed(people, asked, self._now(), legacy=socket.legacy)))

    async def close(self) -> None:
        """End the background work."""
        tasks = [*self._asking.values(), *self._notifying]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _come(self, socket: Socket) -> None:
        try:
            async with self._turn:
                audience = await self._permissions.audience(socket.user_id, socket.authorization)
        except GatewayError:
            return
        self._audience[socket.user_id] = frozenset(audience) - {socket.user_id}
        await self._notify("user_online", socket.user_id, self._audience[socket.user_id])

    async def _notify(self, change: Change, user_id: int, audience: frozenset[int]) -> None:
        sockets = [socket for user in audience for socket in self._hub.of(user)]
        if not sockets:
            return
        try:
            person = (await self._people.find((), (user_id,))).people.get(user_id)
        except GatewayError:
            return
        if person is not None:
            frames = {
                legacy: encode(changed(change, person, self._now(), legacy=legacy))
                for legacy in (True, False)
            }
            for socket in sockets:
                socket.send(frames[socket.legacy])

    def _now(self) -> str:
        return iso(self._clock.time())
