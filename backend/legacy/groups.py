"""Starting conversations, and who is in them. A direct one is that of two roles, not of two people."""

from typing import Any, Final

import msgspec

from backend.database import Row
from backend.legacy.call import Call, LegacyRoute, Refused, Role, owner
from backend.legacy.names import allows, blocks

_DIRECT: Final = """SELECT c.id FROM conversations c
    JOIN conversation_participants x ON x.conversation_id = c.id AND x.profile_id = $1 AND x.profile_type = $2
    JOIN conversation_participants y ON y.conversation_id = c.id AND y.profile_id = $3 AND y.profile_type = $4
    WHERE c.type = 'direct' ORDER BY c.id LIMIT 1"""
_CREATE: Final = """INSERT INTO conversations (type, name, description, avatar_url, created_by_profile_id,
    created_by_profile_type) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id"""
_THERE: Final = """SELECT id FROM conversation_participants
    WHERE conversation_id = $1 AND profile_id = $2 AND profile_type = $3"""
_AGAIN: Final = "UPDATE conversation_participants SET is_active = true, left_at = NULL WHERE id = $1"
_ADD: Final = """INSERT INTO conversation_participants (conversation_id, profile_id, profile_type, user_id, role)
    VALUES ($1, $2, $3, $4, $5)"""
_ADMIN: Final = """SELECT c.id, c.type FROM conversations c JOIN conversation_participants p
    ON p.conversation_id = c.id WHERE c.id = $1 AND c.type <> 'direct' AND p.profile_id = $2 AND p.profile_type = $3
        AND coalesce(p.is_active, true) AND p.role = 'admin'"""
_LEAVE: Final = """UPDATE conversation_participants SET is_active = false, left_at = localtimestamp
    WHERE conversation_id = $1 AND profile_id = $2 AND profile_type = $3"""
_UPDATE: Final = """UPDATE conversations SET name = coalesce($2, name), description = coalesce($3, description),
    avatar_url = coalesce($4, avatar_url), updated_at = localtimestamp WHERE id = $1"""
_SETTINGS: Final = {"group": ("allow_group_adds", "groups"), "channel": ("allow_channel_adds", "channels")}


class Participant(msgspec.Struct):
    """Somebody by role; the person is looked up where it is not named."""

    profile_id: int
    profile_type: str
    user_id: int | None = None


class NewConversation(msgspec.Struct):
    """Whom to talk to."""

    participants: list[Participant]
    type: str = "direct"
    name: str | None = None
    description: str | None = None
    avatar_url: str | None = None


class Additions(msgspec.Struct):
    """Whom to add."""

    participants: list[Participant]


async def create(call: Call) -> dict[str, Any]:
    """A direct conversation of these two roles is returned as it is; anything else is new."""
    new = call.body(NewConversation)
    if new.type != "direct":
        return await _create(call, new)
    for other in new.participants:
        if await _user(call, other) == await call.user_id():
            raise Refused(400, "You cannot start a conversation with yourself")
    if len(new.participants) == 1:
        other = new.participants[0]
        there = await call.connection.fetchval(
            _DIRECT, call.role.id, call.role.type, other.profile_id, other.profile_type
        )
        if there is not None:
            return _created(there, [], [], existing=True)
        await _check_direct(call, other)
    return await _create(call, new)


async def create_group(call: Call) -> dict[str, Any]:
    """The same with the type group."""
    new = call.body(NewConversation)
    new.type = "group"
    return await _create(call, new)


async def _check_direct(call: Call, other: Participant) -> None:
    them = Role(other.profile_type, other.profile_id)
    if await blocks(call.connection, call.role, them):
        raise Refused(403, "You have blocked this user")
    if await blocks(call.connection, them, call.role):
        raise Refused(403, "This user has blocked you")
    user, caller = await _user(call, other), await call.user_id()
    if not await allows(call.connection, "who_can_message", them, user, caller):
        raise Refused(403, "This user has disabled messages")


async def _create(call: Call, new: NewConversation) -> dict[str, Any]:
    role = call.role
    avatar = call.services.addresses.stored(new.avatar_url)
    number = await call.connection.fetchval(
        _CREATE, new.type, new.name, new.description, avatar, role.id, role.type
    )
    await _join(call, number, Participant(role.id, role.type, await call.user_id()), "admin")
    added, rejected = await _add_all(call, number, new.type, new.participants)
    pairs = [{"profile_id": one.profile_id, "profile_type": one.profile_type} for one in added]
    return _created(number, pairs, rejected, existing=False)


def _created(number: int, added: list[Any], rejected: list[Any], *, existing: bool) -> dict[str, Any]:
    return {
        "conversation_id": number,
        "existing": existing,
        "added_participants": added,
        "rejected_participants": rejected,
    }


async def _add_all(
    call: Call, number: int, kind: str, people: list[Participant]
) -> tuple[list[Participant], list[dict[str, Any]]]:
    """Everybody who allows it; the others with the reason."""
    added: list[Participant] = []
    rejected: list[dict[str, Any]] = []
    for one in people:
        role, user = Role(one.profile_type, one.profile_id), await _user(call, one)
        setting, what = _SETTINGS.get(kind, ("", ""))
        if setting and not await allows(call.connection, setting, role, user, await call.user_id()):
            reason = f"This user has disabled being added to {what}"
            rejected.append(
                {"profile_id": one.profile_id, "profile_type": one.profile_type, "reason": reason}
            )
            continue
        await _join(call, number, one, "member")
        added.append(one)
    return added, rejected


async def _join(call: Call, number: int, one: Participant, rank: str) -> None:
    there = await call.connection.fetchval(_THERE, number, one.profile_id, one.profile_type)
    if there is not None:
        await call.connection.execute(_AGAIN, there)
        return
    user = await _user(call, one)
    await call.connection.execute(_ADD, number, one.profile_id, one.profile_type, user, rank)


async def _user(call: Call, one: Participant) -> int:
    return one.user_id or await owner(call.connection, Role(one.profile_type, one.profile_id))


async def _administered(call: Call, deed: str) -> Row:
    row = await call.connection.fetchrow(_ADMIN, call.path("conversation_id"), call.role.id, call.role.type)
    if row is None:
        raise Refused(403, f"Only admins can {deed}")
    return row


async def add(call: Call) -> dict[str, Any]:
    """Whoever is there already is added once more."""
    group = await _administered(call, "add participants")
    people = call.body(Additions).participants
    added, rejected = await _add_all(call, group["id"], group["type"], people)
    shown = [
        {
            "profile_id": one.profile_id,
            "profile_type": one.profile_type,
            "user_id": await _user(call, one),
        }
        for one in added
    ]
    return {"added": shown, "rejected": rejected}


async def remove(call: Call) -> dict[str, Any]:
    """Leave, or as an admin remove somebody; who is not in it is none the wiser."""
    other = Role(call.request.match_info["profile_type"], call.path("profile_id"))
    if other != call.role:
        await _administered(call, "remove participants")
    await call.connection.execute(_LEAVE, call.path("conversation_id"), other.id, other.type)
    return {"success": True}


async def update(call: Call) -> dict[str, Any]:
    """What a group shows of itself; all of it stands in the query."""
    group = await _administered(call, "update group")
    query = call.request.query
    avatar = call.services.addresses.stored(query.get("avatar_url"))
    await call.connection.execute(_UPDATE, group["id"], query.get("name"), query.get("description"), avatar)
    return {"success": True}


_PARTICIPANTS: Final = "/api/chat/conversations/{conversation_id}/participants"
ROUTES: Final = (
    LegacyRoute("POST", "/api/chat/conversations", create),
    LegacyRoute("POST", "/api/chat/groups", create_group),
    LegacyRoute("POST", _PARTICIPANTS, add, swallows=True),
    LegacyRoute("DELETE", _PARTICIPANTS + "/{profile_id}/{profile_type}", remove),
    LegacyRoute("PUT", "/api/chat/conversations/{conversation_id}", update),
)
