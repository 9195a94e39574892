"""Groups and channels: who may be put into one, and creating them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from backend.database import Row, row_id
from backend.helpers import judge
from backend.http.request_context import RequestContext, Route
from backend.sql import sql
from contracts.model.errors import InvalidRequest
from contracts.model.profile import MAX_ID

Id = Annotated[int, Meta(ge=1, le=MAX_ID)]
Kind = Literal["direct", "group", "channel"]

#: The setting that decides, and what is said to the one who adds.
PRIVACY: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "group": (
        "allow_group_adds",
        {
            "connections": "This user only allows connections to add them to groups",
            "none": "This user has disabled being added to groups",
        },
    ),
    "channel": (
        "allow_channel_adds",
        {
            "connections": "This user only allows connections to add them to channels",
            "none": "This user has disabled being added to channels",
        },
    ),
}
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

    participant_user_ids: list[Id]
    type: Kind = "direct"
    name: Annotated[str, Meta(max_length=255)] | None = None
    description: str | None = None
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
    setting, refusals = PRIVACY[kind]
    added: list[int] = []
    rejected: list[dict[str, object]] = []
    for row in await call.connection.fetch(CANDIDATES, call.user_id, list(people)):
        allowed, reason = judge(dict(row), setting, refusals) if row["known"] else (False, "User not found")
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


ROUTES = (Route("POST", "/api/chat/groups", create_group),)
