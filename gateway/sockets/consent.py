"""Consent: may this socket's person ring that one? Asked anew for each call, remembered for small things."""

from typing import Final

from gateway.sockets.clock import Clock
from gateway.sockets.hub import Hub, Socket
from gateway.sockets.permissions import CallRequest, Permissions, Verdict

#: For so long a yes is believed for what does not ring.
WELCOME_S: Final = 60.0


class Consent:
    """Puts the question to the permissions, with the bearers that the sockets brought."""

    def __init__(self, hub: Hub, permissions: Permissions, clock: Clock) -> None:
        self._hub = hub
        self._permissions = permissions
        self._clock = clock

    async def to_ring(self, socket: Socket, callee: int, conversation: str | None = None) -> Verdict:
        """Asked now. A refusal always has a reason."""
        theirs = next((s.authorization for s in self._hub.of(callee) if s.authorization), "")
        request = CallRequest(socket.user_id, callee, conversation, socket.authorization, theirs)
        verdict = await self._permissions.may_call(request)
        if verdict.allowed:
            socket.welcome[callee, conversation] = self._clock.time() + WELCOME_S
            return verdict
        socket.welcome.pop((callee, conversation), None)
        return Verdict(allowed=False, reason=verdict.reason or "not_allowed")

    async def to_speak(self, socket: Socket, callee: int, conversation: str | None = None) -> Verdict:
        """Asked at most once in `WELCOME_S` seconds for each socket."""
        if self._clock.time() < socket.welcome.get((callee, conversation), 0.0):
            return Verdict(allowed=True)
        return await self.to_ring(socket, callee, conversation)
