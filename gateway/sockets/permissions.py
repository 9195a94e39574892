"""Who may ring whom: asked once for each invitation, before anything reaches the callee."""

from collections.abc import Collection
from typing import NamedTuple, Protocol


class CallRequest(NamedTuple):
    """One person wants to call another one.

    The authorizations are the bearers of both (``Bearer ...``), as their sockets brought them; empty when unknown,
    that is, when the callee has no socket.
    """

    caller: int
    callee: int
    conversation: str | None
    caller_authorization: str
    callee_authorization: str


class Verdict(NamedTuple):
    """``reason`` is what the caller's client reads in ``call_declined`` when it is not allowed."""

    allowed: bool
    reason: str = ""


class Permissions(Protocol):
    """What the sockets want to know of people's choices."""

    async def may_call(self, request: CallRequest) -> Verdict:
        """Blocked, or "nobody may call me"? Fails closed: `GatewayError` refuses the call."""

    async def audience(self, user_id: int, authorization: str) -> Collection[int]:
        """Who may learn that this person comes and goes; nobody when it is not known."""


class Everybody:
    """Everybody may call everybody, and nobody learns who is there. For tests and for upstreams without choices."""

    async def may_call(self, request: CallRequest) -> Verdict:
        """Yes."""
        return Verdict(allowed=True)

    async def audience(self, user_id: int, authorization: str) -> Collection[int]:
        """Nobody."""
        return ()
