"""People's own choices, as the chat API returns them: blocks, ``allow_calls_from``, ``online_status``, connections.

Each person's choices are read in that person's own name, with the bearer of its socket: so the answers are complete,
and nobody's settings are read by somebody else. What cannot be read refuses the call. Connections are asked for as
such: the list of contacts is made of much more, and fails on some backends.
"""

import asyncio
import re
from collections.abc import Collection
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from cachetools import TTLCache

from contracts.model.document import encode
from contracts.model.errors import GatewayError, Unavailable
from contracts.model.http import JSON, Response
from contracts.model.synthetic import is_invented
from gateway.exchange.protocols import Upstream
from gateway.sockets.permissions import CallRequest, Verdict

_REMEMBERED: Final = 10_000
_REMEMBERED_S: Final = 10.0
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


class Choices:
    """`gateway.sockets.permissions.Permissions`, answered by the chat API (`gateway.sockets.chat_api.ChatApi`)."""

    def __init__(self, api: Upstream) -> None:
        self._api = api
        #: Conversations that two people are in, for a moment: who rings again is not asked again.
        self._together: TTLCache[tuple[str, int, int], bool] = TTLCache(_REMEMBERED, _REMEMBERED_S)

    async def may_call(self, request: CallRequest) -> Verdict:
        """Both are in the conversation, neither has blocked the other, and the callee takes calls from this caller.

        Raises `Unavailable`.
        """
        if not request.callee_authorization:
            return Verdict(
                allowed=True
            )  # not there: nothing will ring, and nothing is revealed of its choices
        theirs, ours, settings, together = await asyncio.gather(
            self._blocked(request.callee, request.callee_authorization),
            self._blocked(request.caller, request.caller_authorization),
            self._settings(request.callee, request.callee_authorization),
            self._are_together(request),
        )
        if not together:
            return Verdict(allowed=False, reason="not_allowed")
        if request.callee in ours:
            return Verdict(allowed=False, reason="blocked")
        if request.caller in theirs:
            # The same as when nobody is there: whom somebody has blocked does not learn that it is.
            return Verdict(allowed=False, reason="offline")
        # Any other value means everyone, as in both backends.
        allows = settings.get("allow_calls_from")
        if allows in ("none", "nobody"):
            return Verdict(allowed=False, reason="nobody")
        if allows == "connections":
            return Verdict(await self._are_connected(request), "connections_only")
        return Verdict(allowed=True)

    async def _are_together(self, request: CallRequest) -> bool:
        """Whether the conversation that a call names is one of both; one that a client invented is nobody's."""
        text = request.conversation
        if text is None or is_invented(text):
            return True
        if not _NUMBER.fullmatch(text):
            return False  # " 11", "11.0" and "0x0b" are 11 to a client that compares loosely
        key = (text, request.caller, request.callee)
        if key not in self._together:
            people = await self._participants(request)
            if not {request.caller, request.callee} <= people:
                return False
            self._together[key] = True
        return True

    async def _participants(self, request: CallRequest) -> set[int]:
        """The people in a conversation, in the caller's name; nobody where the caller is not in it."""
        query = urlencode({"user_id": request.caller})
        response = await self._api.send(
            "GET",
            f"/api/chat/conversations/{request.conversation}?{query}",
            [("Authorization", request.caller_authorization)],
            b"",
        )
        if response.status in (403, 404):
            return set()
        body = _opened(response)
        return _users(body.get("participants")) if isinstance(body, dict) else set()

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

    async def _are_connected(self, request: CallRequest) -> bool:
        answer = await self._ask(
            "POST",
            "connections/check",
            request.callee,
            request.callee_authorization,
            {"target_user_id": request.caller},
        )
        if not isinstance(answer, dict):
            raise Unavailable
        return answer.get("is_connected") is True

    async def _connections(self, user_id: int, authorization: str) -> set[int]:
        found = _objects(
            await self._ask("GET", "connections", user_id, authorization, None, status="accepted")
        )
        people = {one.get(side) for one in found for side in ("requested_by", "recipient_id")}
        return {user for user in people if isinstance(user, int)} - {user_id}

    async def _get(self, what: str, user_id: int, authorization: str) -> dict[str, Any]:
        body = await self._ask("GET", f"chat/{what}", user_id, authorization)
        if not isinstance(body, dict):
            raise Unavailable
        return body

    async def _ask(
        self, method: str, what: str, user_id: int, authorization: str, body: Any = None, **query: str
    ) -> Any:
        target = f"/api/{what}?{urlencode({'user_id': user_id, **query})}"
        headers = [("Authorization", authorization), *(JSON if body else ())]
        return _opened(await self._api.send(method, target, headers, encode(body) if body else b""))


def _opened(response: Response) -> Any:
    """The document of an answer. Raises `Unavailable` where there is none."""
    if response.status != 200:
        raise Unavailable
    try:
        return msgspec.json.decode(response.body)
    except msgspec.DecodeError:
        raise Unavailable from None


def _objects(items: object) -> list[dict[str, Any]]:
    """Raises `Unavailable` for what is no list of objects."""
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unavailable
    return items


def _users(items: object) -> set[int]:
    """The ``user_id`` of each item."""
    return {item["user_id"] for item in _objects(items) if isinstance(item.get("user_id"), int)}
