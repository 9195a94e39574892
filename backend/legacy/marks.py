"""Reactions and pins. The old service checks neither membership nor rights here."""

from typing import Any, Final

import msgspec

from backend.legacy.call import Call, LegacyRoute, Refused

_REACT: Final = """INSERT INTO message_reactions (message_id, profile_id, profile_type, user_id, reaction)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"""
_UNREACT: Final = """DELETE FROM message_reactions
    WHERE message_id = $1 AND profile_id = $2 AND profile_type = $3 AND reaction = $4"""
_PIN: Final = """UPDATE chat_messages SET is_pinned = true, pinned_at = localtimestamp, pinned_by_profile_id = $2,
    pinned_by_profile_type = $3 WHERE id = $1"""
_UNPIN: Final = """UPDATE chat_messages SET is_pinned = false, pinned_at = NULL, pinned_by_profile_id = NULL,
    pinned_by_profile_type = NULL WHERE id = $1"""
_DONE: Final = {"success": True}


class Reaction(msgspec.Struct):
    """A word."""

    reaction: str


async def react(call: Call) -> dict[str, Any]:
    """Several words a role are possible; the same one twice is one."""
    user_id = await call.user_id()
    if not user_id:
        raise Refused(404, "Profile not found")
    word = call.body(Reaction).reaction
    await call.connection.execute(
        _REACT, call.path("message_id"), call.role.id, call.role.type, user_id, word
    )
    return _DONE


async def unreact(call: Call) -> dict[str, Any]:
    """Take one word back; it need not be there."""
    word = call.request.match_info["reaction"]
    await call.connection.execute(_UNREACT, call.path("message_id"), call.role.id, call.role.type, word)
    return _DONE


async def pin(call: Call) -> dict[str, Any]:
    """Whoever asks, whatever the message."""
    await call.connection.execute(_PIN, call.path("message_id"), call.role.id, call.role.type)
    return _DONE


async def unpin(call: Call) -> dict[str, Any]:
    """The same; it does not even ask who calls."""
    await call.connection.execute(_UNPIN, call.path("message_id"))
    return _DONE


ROUTES: Final = (
    LegacyRoute("POST", "/api/chat/messages/{message_id}/reactions", react, swallows=True),
    LegacyRoute("DELETE", "/api/chat/messages/{message_id}/reactions/{reaction}", unreact),
    LegacyRoute("POST", "/api/chat/messages/{message_id}/pin", pin),
    LegacyRoute("DELETE", "/api/chat/messages/{message_id}/pin", unpin),
)
