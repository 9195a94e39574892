"""Who is in a group or channel: adding, removing, leaving; and changing its name, description and picture."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from backend.database import Row
from backend.http.request_context import RequestContext, Route, done
from backend.resources import groups
from backend.resources.groups import Id
from backend.services import access
from backend.sql import sql
from contracts.model.errors import Forbidden, InvalidRequest, InvalidValue

REMOVE = """UPDATE conversation_participants SET is_active = false, left_at = now() AT TIME ZONE 'utc',
        updated_at = now() AT TIME ZONE 'utc'
    WHERE conversation_id = $1 AND user_id = $2 AND coalesce(is_active, true)"""
# A group whose last admin leaves would be nobody's: its longest member takes over.
SUCCEED = """UPDATE conversation_participants SET role = 'admin' WHERE id = (
        SELECT id FROM conversation_participants WHERE conversation_id = $1 AND coalesce(is_active, true)
        ORDER BY joined_at NULLS FIRST, id LIMIT 1)
    AND NOT EXISTS (SELECT FROM conversation_participants
        WHERE conversation_id = $1 AND coalesce(is_active, true) AND role = 'admin')"""
UPDATE = sql("""UPDATE conversations c SET name = coalesce($2, c.name), description = coalesce($3, c.description),
        avatar_url = coalesce($4, c.avatar_url), updated_at = now() AT TIME ZONE 'utc'
    WHERE c.id = $1 RETURNING {head:c}""")


class Additions(msgspec.Struct):
    """Whom to add."""

    participant_user_ids: list[Id]


class Change(msgspec.Struct):
    """What is absent or null stays."""

    name: Annotated[str, Meta(max_length=255)] | None = None
    description: str | None = None
    avatar_url: Annotated[str, Meta(max_length=500)] | None = None


async def add(call: RequestContext) -> dict[str, Any]:
    """Everybody who was asked for ends up added or rejected; being in it already counts as added."""
    people = call.body(Additions).participant_user_ids
    place = await _group(call, "add participants")
    added, rejected = await groups.sort_out(call, place["type"], list(dict.fromkeys(people)))
    await call.connection.execute(groups.ADD, place["id"], added, "member")
    return {"added": [{"user_id": person} for person in added], "rejected": rejected}


async def remove(call: RequestContext) -> dict[str, Any]:
    """Remove somebody, or leave; who is not in it is gone already."""
    person = call.path_id("participant_user_id")
    leaving = person == call.user_id
    place = await access.conversation(call) if leaving else await _group(call, "remove participants")
    if place["type"] == "direct":
        raise InvalidRequest("A direct conversation has always its two people")
    await call.connection.execute(REMOVE, place["id"], person)
    await call.connection.execute(SUCCEED, place["id"])
    return done("Left the conversation" if leaving else "Participant removed")


async def update(call: RequestContext) -> dict[str, Any]:
    """Change what a group shows of itself."""
    change = call.body(Change)
    if change.name is not None and not change.name.strip():
        raise InvalidValue("must not be empty", place="$.body.name")
    place = await _group(call, "update conversation details")
    row = await call.connection.fetchrow(
        UPDATE,
        place["id"],
        change.name,
        change.description,
        call.services.addresses.stored(change.avatar_url),
    )
    return done("Conversation updated", conversation=groups.head(call, row))


async def _group(call: RequestContext, deed: str) -> Row:
    """The group in the path, which the caller administers; nobody administers a direct conversation."""
    place = await access.conversation(call)
    if place["type"] == "direct":
        raise Forbidden(f"Only admins can {deed}")
    access.check_admin(place, deed)
    return place


ROUTES = (
    Route("POST", "/api/chat/conversations/{conversation_id}/participants", add),
    Route("DELETE", "/api/chat/conversations/{conversation_id}/participants/{participant_user_id}", remove),
    Route("PUT", "/api/chat/conversations/{conversation_id}", update),
)
