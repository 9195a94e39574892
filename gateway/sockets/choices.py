"""People's own choices, read from the upstream: blocks, ``allow_calls_from``, ``online_status``, connections.

Each person's choices are read in that person's own name, with the bearer of its socket: so the answers are complete,
alike in both modern shapes, and nobody's settings are read by somebody else. What cannot be read refuses the call.
"""

import asyncio
from collections.abc import Collection
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import msgspec

from contracts.model.errors import GatewayError, Unavailable
from contracts.model.http import Headers, Response
from gateway.sockets.permissions import Verdict, Wish

#: As `contacts` pages; and so many pages at most.
_PAGE: Final = 100
_PAGES: Final = 20


class Upstream(Protocol):
    """The backend; see `gateway.upstream.client`."""

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        """One request with a complete body."""


class UpstreamChoices:
    """`gateway.sockets.permissions.Permissions`, answered by the upstream (2.1 and 2.2)."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def may_call(self, wish: Wish) -> Verdict:
        """Neither has blocked the other, and the callee takes calls from this caller. Raises `Unavailable`."""
        if not wish.callee_authorization:
            return Verdict(allowed=True)  # not there: nothing will ring, and nothing is said of its choices
        theirs, ours, settings = await asyncio.gather(
            self._blocked(wish.callee, wish.callee_authorization),
            self._blocked(wish.caller, wish.caller_authorization),
            self._settings(wish.callee, wish.callee_authorization),
        )
        if wish.callee in ours:
            return Verdict(allowed=False, reason="blocked")
        if wish.caller in theirs:
            # The same as when nobody is there: whom somebody has blocked does not learn that it is.
            return Verdict(allowed=False, reason="offline")
        # Any other value means everyone, as in both backends.
        allows = settings.get("allow_calls_from")
        if allows in ("none", "nobody"):
            return Verdict(allowed=False, reason="nobody")
        if allows == "connections":
            known = await self._connections(wish.callee, wish.callee_authorization, wish.caller)
            return Verdict(wish.caller in known, "connections_only")
        return Verdict(allowed=True)

    async def audience(self, user_id: int, authorization: str) -> Collection[int]:
        """The person's connections without those whom it has blocked; nobody when it hides, or on any failure."""
        try:
            settings, blocked = await asyncio.gather(
                self._settings(user_id, authorization), self._blocked(user_id, authorization)
            )
            if settings.get("online_status") is not True:
                return ()
            known: set[int] = await self._connections(user_id, authorization)
            return known.difference(blocked)
        except GatewayError:
            return ()

    async def _settings(self, user_id: int, authorization: str) -> dict[str, Any]:
        settings = (await self._get("settings", user_id, authorization)).get("settings")
        if not isinstance(settings, dict):
            raise Unavailable
        return settings

    async def _blocked(self, user_id: int, authorization: str) -> set[int]:
        return _users((await self._get("blocked", user_id, authorization)).get("blocked_contacts"))

    async def _connections(self, user_id: int, authorization: str, wanted: int | None = None) -> set[int]:
        """The connected people; stops at the page that has the wanted one."""
        known: set[int] = set()
        for page in range(_PAGES):
            answer = await self._get("contacts", user_id, authorization, limit=_PAGE, offset=page * _PAGE)
            found = _users(answer.get("contacts"))
            # A short page is the last one; so is one that brings nobody new (2.2 does not page).
            if len(found) < _PAGE or found <= known or wanted in found:
                return known | found
            known |= found
        return known

    async def _get(self, what: str, user_id: int, authorization: str, **query: int) -> dict[str, Any]:
        target = f"/api/chat/{what}?{urlencode({'user_id': user_id, **query})}"
        response = await self._upstream.send("GET", target, [("Authorization", authorization)], b"")
        try:
            body = msgspec.json.decode(response.body) if response.status == 200 else None
        except msgspec.DecodeError:
            body = None
        if not isinstance(body, dict):
            raise Unavailable
        return body


def _users(items: object) -> set[int]:
    """The ``user_id`` of each item. Raises `Unavailable` for what is no such list."""
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unavailable
    return {item["user_id"] for item in items if isinstance(item.get("user_id"), int)}
