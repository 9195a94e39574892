"""Groups and channels: creating them, who is in them, and their name, description and picture."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from backend.database import Row, row_id
from backend.helpers import judge
from backend.request_context import RequestContext, Route, done
from backend.resources import access
from backend.sql import sql
from contracts.model.errors import Forbidden, InvalidRequest, InvalidValue
from contracts.model.privacy import ADDING
from contracts.model.profile import MAX_ID

Id = Annotated[int, Meta(ge=1, le=MAX_ID)]
Kind = Literal["direct", "group", "channel"]
#: As many as a request may name at once, as the contract says.
People = Annotated[list[Id], Meta(max_length=1000)]
Description = Annotated[str, Meta(max_length=2000)]

# `RELATION` of the helpers for many people at once.
CANDIDATES = sql("""SELECT asked.user_id, u.id IS NOT NULL AS known,
    EXISTS (SELECT FROM blocked_chat_contacts b WHERE b.blocker_user_id = u.id AND b.blocked_user_id = $1
        AND coalesce(b.is_active, true)) AS blocked_by_them,
    EXISTS (SELECT FROM blocked_chat_contacts b WHERE b.blocker_user_id = $1 AND b.blocked_user_id = u.id
        AND coalesce(b.is_active, true)) AS blocked_by_me,
    {connected:u} AS connected, coalesce(s.allow_group_adds, 'everyone') AS allow_group_adds,
    coalesce(s.allow_channel_adds, 'everyone') AS allow_channel_adds
    FROM unnest($2::bigint[]) WITH ORDINALITY AS asked(user_id, position)
    LEFT JOIN users u ON u.id = asked.user_id LEFT JOIN chat_settings s ON s.user_id = u.id
    ORDER BY asked.position""")
CREATE = """INSERT INTO conversations (type, name, description, avatar_url, created_by_user_id)
    VALUES ($1, $2, $3, $4, $5) RETURNING id"""
# Who left comes back as a member, whatever the role was.
ADD = """INSERT INTO conversation_participants AS p (conversation_id, user_id, role)
    SELECT $1, person, $3 FROM unnest($2::int[]) person
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET is_active = true, left_at = NULL,
        role = CASE WHEN coalesce(p.is_active, true) THEN p.role ELSE EXCLUDED.role END"""
MEMBERS_AMONG = """SELECT count(*) FROM conversation_participants
    WHERE conversation_id = $1 AND user_id = ANY($2::int[]) AND coalesce(is_active, true)"""
HEAD_FIELDS: Final = (
    "id",
    "type",
    "name",
    "description",
    "avatar_url",
    "created_by_user_id",
    "created_at",
    "updated_at",
)
HEAD = sql("SELECT {head:c} FROM conversations c WHERE c.id = $1")


class NewConversation(msgspec.Struct):
    """The contract's body of `conversations.create`."""

    participant_user_ids: People
    type: Kind = "direct"
    name: Annotated[str, Meta(max_length=255)] | None = None
    description: Description | None = None
    avatar_url: Annotated[str, Meta(max_length=500)] | None = None


async def create(call: RequestContext, new: NewConversation) -> dict[str, Any]:
    """A group or channel of those who allow it; its creator is its admin."""
    if not (new.name or "").strip():
        raise InvalidRequest("Group conversations must have a name", place="$.body.name")
    people = [person for person in dict.fromkeys(new.participant_user_ids) if person != call.user_id]
    added, rejected = await sort_out(call, new.type, people)
    conversation_id = await call.connection.fetchval(
        CREATE,
        new.type,
        new.name,
        new.description,
        call.services.addresses.stored(new.avatar_url),
        call.user_id,
    )
    await call.connection.execute(ADD, conversation_id, [call.user_id], "admin")
    await call.connection.execute(ADD, conversation_id, added, "member")
    answer = await created(
        call, conversation_id, existing=False, added=[{"user_id": person} for person in added]
    )
    return {**answer, "rejected_participants": rejected}


async def sort_out(
    call: RequestContext, kind: str, people: Sequence[int]
) -> tuple[list[int], list[dict[str, object]]]:
    """Those who may be added by the caller, and the others with the reason."""
    setting = ADDING[kind]
    added: list[int] = []
    rejected: list[dict[str, object]] = []
    for row in await call.connection.fetch(CANDIDATES, call.user_id, list(people)):
        allowed, reason = judge(dict(row), setting) if row["known"] else (False, "User not found")
        if allowed:
            added.append(row_id(row["user_id"]))
        else:
            rejected.append({"user_id": row["user_id"], "reason": reason})
    return added, rejected


async def created(
    call: RequestContext, conversation_id: int, *, existing: bool, added: list[dict[str, int]]
) -> dict[str, Any]:
    """The answer of `conversations.create`."""
    row = await call.connection.fetchrow(HEAD, conversation_id)
    return {
        "conversation_id": conversation_id,
        "existing": existing,
        "conversation": head(call, row),
        "added_participants": added,
        "rejected_participants": [],
        "message": "Conversation already exists" if existing else "Conversation created",
    }


def head(call: RequestContext, row: Row | None) -> dict[str, Any]:
    """The contract's ConversationHead of a row that has it."""
    found = {name: row[name] for name in HEAD_FIELDS} if row else {}
    return {**found, "avatar_url": call.services.addresses.shown(found.get("avatar_url"))}


async def create_group(call: RequestContext) -> dict[str, Any]:
    """The same as `conversations.create` with the type group."""
    new = call.body(NewConversation)
    new.type = "group"
    return await create(call, new)


REMOVE_PARTICIPANT = """UPDATE conversation_participants SET is_active = false, left_at = now() AT TIME ZONE 'utc',
        updated_at = now() AT TIME ZONE 'utc'
    WHERE conversation_id = $1 AND user_id = $2 AND coalesce(is_active, true)"""
# A group whose last admin leaves would be nobody's: its longest member takes over.
SUCCEED = """UPDATE conversation_participants SET role = 'admin' WHERE id = (
        SELECT id FROM conversation_participants WHERE conversation_id = $1 AND coalesce(is_active, true)
        ORDER BY joined_at NULLS FIRST, id LIMIT 1)
    AND NOT EXISTS (SELECT FROM conversation_participants
        WHERE conversation_id = $1 AND coalesce(is_active, true) AND role = 'admin')"""
UPDATE_GROUP = sql("""UPDATE conversations c SET name = coalesce($2, c.name), description = coalesce($3, c.description),
        avatar_url = coalesce($4, c.avatar_url), updated_at = now() AT TIME ZONE 'utc'
    WHERE c.id = $1 RETURNING {head:c}""")


class Additions(msgspec.Struct):
    """Whom to add."""

    participant_user_ids: People


class GroupChange(msgspec.Struct):
    """What is absent or null stays."""

    name: Annotated[str, Meta(max_length=255)] | None = None
    description: Description | None = None
    avatar_url: Annotated[str, Meta(max_length=500)] | None = None


async def add(call: RequestContext) -> dict[str, Any]:
    """Everybody who was asked for ends up added or rejected; being in it already counts as added."""
    people = call.body(Additions).participant_user_ids
    place = await _group(call, "add participants")
    added, rejected = await sort_out(call, place["type"], list(dict.fromkeys(people)))
    before = await call.connection.fetchval(MEMBERS_AMONG, place["id"], added)
    await call.connection.execute(ADD, place["id"], added, "member")
    response = {"added": [{"user_id": person} for person in added], "rejected": rejected}
    return {**response, "new_count": len(added) - before}


async def remove(call: RequestContext) -> dict[str, Any]:
    """Remove somebody, or leave; who is not in it is gone already."""
    person = call.path_id("participant_user_id")
    leaving = person == call.user_id
    place = await access.conversation(call) if leaving else await _group(call, "remove participants")
    if place["type"] == "direct":
        raise InvalidRequest("A direct conversation has always its two people")
    await call.connection.execute(REMOVE_PARTICIPANT, place["id"], person)
    await call.connection.execute(SUCCEED, place["id"])
    return done("Left the conversation" if leaving else "Participant removed")


async def update(call: RequestContext) -> dict[str, Any]:
    """Change what a group shows of itself."""
    change = call.body(GroupChange)
    if change.name is not None and not change.name.strip():
        raise InvalidValue("must not be empty", place="$.body.name")
    place = await _group(call, "update conversation details")
    row = await call.connection.fetchrow(
        UPDATE_GROUP,
        place["id"],
        change.name,
        change.description,
        call.services.addresses.stored(change.avatar_url),
    )
    return done("Conversation updated", conversation=head(call, row))


async def _group(call: RequestContext, deed: str) -> Row:
    """The group in the path, which the caller administers; nobody administers a direct conversation."""
    place = await access.conversation(call)
    if place["type"] == "direct":
        raise Forbidden(f"Only admins can {deed}")
    access.check_admin(place, deed)
    return place


ROUTES = (
    Route("POST", "/api/chat/groups", create_group),
    Route("POST", "/api/chat/conversations/{conversation_id}/participants", add),
    Route("DELETE", "/api/chat/conversations/{conversation_id}/participants/{participant_user_id}", remove),
    Route("PUT", "/api/chat/conversations/{conversation_id}", update),
)
