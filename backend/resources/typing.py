"""Who is typing: kept in this process for five seconds, never stored."""

from typing import Any, Final

import msgspec

from backend.helpers import get_user_privacy_settings
from backend.request_context import RequestContext, Route
from backend.resources import access
from backend.sql import sql

LASTS_S: Final = 5.0

SHOWN = sql("""SELECT u.id AS user_id, {name:u} AS name, u.profile_picture AS avatar
    FROM users u JOIN conversation_participants p ON p.user_id = u.id AND p.conversation_id = $3
        AND coalesce(p.is_active, true)
    LEFT JOIN chat_settings s ON s.user_id = u.id
    WHERE u.id = ANY($2::int[]) AND u.id <> $1 AND coalesce(s.typing_indicators, true)
    ORDER BY array_position($2::int[], u.id)""")


class Typing(msgspec.Struct):
    """Typing, or no longer."""

    is_typing: bool


async def get_typing(call: RequestContext) -> dict[str, Any]:
    """Who else is typing, of those who let it be seen."""
    place = await access.conversation(call)
    typing = await call.connection.fetch(SHOWN, call.user_id, _now_typing(call, place["id"]), place["id"])
    return {"typing_users": [dict(row) for row in typing], "is_someone_typing": bool(typing)}


async def set_typing(call: RequestContext) -> dict[str, Any]:
    """Say that one is typing, unless one's own settings keep it private."""
    is_typing = call.body(Typing).is_typing
    place = await access.conversation(call)
    if not await _may_show(call):
        return {"broadcasted": False, "reason": "Typing indicators disabled in settings"}
    _remember(call, place["id"], is_typing=is_typing)
    return {
        "broadcasted": True,
        "conversation_id": place["id"],
        "user_id": call.user_id,
        "is_typing": is_typing,
    }


async def typing_allowed(call: RequestContext) -> dict[str, Any]:
    """Whether the caller's settings let typing be shown; which conversation makes no difference."""
    call.path_id("conversation_id")
    return {"can_broadcast_typing": await _may_show(call)}


async def _may_show(call: RequestContext) -> bool:
    return bool((await get_user_privacy_settings(call.connection, call.user_id))["typing_indicators"])


def _remember(call: RequestContext, conversation_id: int, *, is_typing: bool) -> None:
    people = call.services.typing.setdefault(conversation_id, {})
    people.pop(call.user_id, None)
    if is_typing:
        people[call.user_id] = call.services.clock() + LASTS_S
    if not people:
        del call.services.typing[conversation_id]


def _now_typing(call: RequestContext, conversation_id: int) -> list[int]:
    """Earliest first; what has expired is forgotten here."""
    now = call.services.clock()
    people = {who: end for who, end in call.services.typing.pop(conversation_id, {}).items() if end > now}
    if people:
        call.services.typing[conversation_id] = people
    return list(people)


ROUTES = (
    Route("GET", "/api/chat/conversations/{conversation_id}/typing", get_typing),
    Route("POST", "/api/chat/conversations/{conversation_id}/typing", set_typing),
    Route("GET", "/api/chat/conversations/{conversation_id}/typing-allowed", typing_allowed),
)
