"""The eight helper functions of the documents. Each takes an asyncpg connection first, of any pool.

The checks give `(allowed, reason)`; the reason is a sentence for people, None when allowed.
"""

from collections.abc import Mapping
from typing import Any

from backend.database import Connection, row_id, utc
from backend.sql import sql
from contracts.model.errors import NotFound
from contracts.model.privacy import REFUSALS
from contracts.model.settings import DEFAULTS

DISPLAY = sql(
    "SELECT u.id AS user_id, {name:u} AS name, u.profile_picture AS avatar FROM users u WHERE u.id = $1"
)
# Two-step has a table of its own; the columns beside the settings are what an older backend left.
SETTINGS = """SELECT s.*,
        CASE WHEN t.id IS NOT NULL THEN t.is_enabled ELSE s.two_step_verification END AS two_step_on,
        CASE WHEN t.id IS NOT NULL THEN t.recovery_email ELSE s.two_step_email END AS two_step_to
    FROM users u LEFT JOIN chat_settings s ON s.user_id = u.id
    LEFT JOIN chat_two_step_verification t ON t.user_id = u.id WHERE u.id = $1"""
CONNECTED = sql("SELECT {connected:u} FROM (SELECT $2::int AS id) u")
BLOCKED = """SELECT EXISTS (SELECT FROM blocked_chat_contacts
    WHERE blocker_user_id = $1 AND blocked_user_id = $2 AND coalesce(is_active, true))"""
# Everything that decides whether $1 may turn to $2, in one statement.
RELATION = sql("""SELECT
    EXISTS (SELECT FROM blocked_chat_contacts b WHERE b.blocker_user_id = u.id AND b.blocked_user_id = $1
        AND coalesce(b.is_active, true)) AS blocked_by_them,
    EXISTS (SELECT FROM blocked_chat_contacts b WHERE b.blocker_user_id = $1 AND b.blocked_user_id = u.id
        AND coalesce(b.is_active, true)) AS blocked_by_me,
    {connected:u} AS connected, coalesce(s.who_can_message, 'everyone') AS who_can_message,
    coalesce(s.allow_calls_from, 'everyone') AS allow_calls_from,
    coalesce(s.allow_group_adds, 'everyone') AS allow_group_adds,
    coalesce(s.allow_channel_adds, 'everyone') AS allow_channel_adds
    FROM users u LEFT JOIN chat_settings s ON s.user_id = u.id WHERE u.id = $2""")
# The page comes first: presence and the conversation are looked up for it only.
CONTACTS = sql("""WITH known AS (
        SELECT DISTINCT ON (other) k.id, k.other, coalesce(k.connected_at, k.updated_at) AS since, k.connected_at
        FROM (SELECT c.*, CASE WHEN c.requested_by = $1 THEN c.recipient_id ELSE c.requested_by END AS other
            FROM connections c WHERE c.status = 'accepted' AND (c.requested_by = $1 OR c.recipient_id = $1)) k
        ORDER BY other, since DESC, id DESC),
    page AS (
        SELECT k.* FROM known k JOIN users u ON u.id = k.other
        WHERE $2 = '' OR strpos(lower(concat_ws(' ', u.first_name, u.father_name, u.email)), lower($2)) > 0
        ORDER BY k.since DESC, k.id DESC LIMIT $3 OFFSET $4)
    SELECT k.id AS connection_id, k.connected_at, u.id AS user_id, {name:u} AS name, u.first_name, u.father_name,
        u.profile_picture AS avatar, u.email, u.last_login, {online:u} AS is_online, d.id AS conversation_id,
        d.last_message_at
    FROM page k JOIN users u ON u.id = k.other {presence:u}
    LEFT JOIN LATERAL (SELECT c.id, c.last_message_at FROM conversation_participants o
        JOIN conversation_participants me ON me.conversation_id = o.conversation_id AND me.user_id = $1
        JOIN conversations c ON c.id = o.conversation_id AND c.type = 'direct'
        WHERE o.user_id = u.id ORDER BY c.last_message_at DESC NULLS LAST, c.id LIMIT 1) d ON true
    ORDER BY k.since DESC, k.id DESC""")
DIRECT = """SELECT c.id FROM conversations c
    JOIN conversation_participants a ON a.conversation_id = c.id AND a.user_id = $1
    JOIN conversation_participants b ON b.conversation_id = c.id AND b.user_id = $2
    WHERE c.type = 'direct' AND NOT EXISTS (SELECT FROM conversation_participants third
        WHERE third.conversation_id = c.id AND third.user_id NOT IN ($1, $2))
    ORDER BY c.last_message_at DESC NULLS LAST, c.id LIMIT 1"""
REOPEN = """UPDATE conversation_participants SET is_active = true, left_at = NULL,
    updated_at = now() AT TIME ZONE 'utc'
    WHERE conversation_id = $1 AND user_id = ANY($2::int[]) AND NOT coalesce(is_active, true)"""
CREATE_DIRECT = """WITH new AS (
        INSERT INTO conversations (type, created_by_user_id, created_at, updated_at)
        VALUES ('direct', $1, now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc') RETURNING id),
    members AS (
        INSERT INTO conversation_participants (conversation_id, user_id, role, joined_at)
        SELECT new.id, person, 'member', now() AT TIME ZONE 'utc' FROM new, unnest(ARRAY[$1, $2]::int[]) person)
    SELECT id FROM new"""


async def get_user_display_info(conn: Connection, user_id: int) -> dict[str, Any] | None:
    """`{user_id, name, avatar}` (avatar: a URL or None); None for nobody."""
    row = await conn.fetchrow(DISPLAY, row_id(user_id))
    return dict(row) if row else None


async def get_user_privacy_settings(conn: Connection, user_id: int) -> dict[str, Any]:
    """The twenty-five settings of a person; the defaults without a row and for nobody."""
    row = await conn.fetchrow(SETTINGS, row_id(user_id))
    stored = (
        {**row, "two_step_verification": row["two_step_on"], "two_step_email": row["two_step_to"]}
        if row
        else {}
    )
    found = {name: stored.get(name) for name in DEFAULTS}
    found["mute_until"] = utc(found["mute_until"])
    return {name: DEFAULTS[name] if value is None else value for name, value in found.items()}


async def are_users_connected(conn: Connection, user1_id: int, user2_id: int) -> bool:
    """Whether an accepted connection joins the two, whoever asked and in whatever roles."""
    return bool(await conn.fetchval(CONNECTED, row_id(user1_id), row_id(user2_id)))


async def is_user_blocked(conn: Connection, blocker_user_id: int, blocked_user_id: int) -> bool:
    """Whether the first person has blocked the second."""
    return bool(await conn.fetchval(BLOCKED, row_id(blocker_user_id), row_id(blocked_user_id)))


async def check_can_message(
    conn: Connection, sender_user_id: int, recipient_user_id: int
) -> tuple[bool, str | None]:
    """Whether the sender may write to the recipient: blocks in either direction, then who_can_message."""
    return await _check(conn, sender_user_id, recipient_user_id, "who_can_message")


async def check_can_call(
    conn: Connection, caller_user_id: int, recipient_user_id: int
) -> tuple[bool, str | None]:
    """Whether the caller may ring the recipient: blocks in either direction, then allow_calls_from."""
    return await _check(conn, caller_user_id, recipient_user_id, "allow_calls_from")


async def _check(conn: Connection, from_id: int, to_id: int, setting: str) -> tuple[bool, str | None]:
    row = await conn.fetchrow(RELATION, row_id(from_id), row_id(to_id))
    if row is None:
        return False, "User not found"
    return judge(dict(row), setting)


def judge(row: Mapping[str, Any], setting: str) -> tuple[bool, str | None]:
    """The answer to what `RELATION` found: blocks come before the setting."""
    if row["blocked_by_them"]:
        return False, "You have been blocked by this user"
    if row["blocked_by_me"]:
        return False, "You have blocked this user"
    if row[setting] == "everyone" or (row[setting] == "connections" and row["connected"]):
        return True, None
    # A value that we do not know is read as the strictest one.
    refusals = REFUSALS[setting]
    return False, refusals.get(row[setting], refusals["none"])


async def get_user_contacts(
    conn: Connection, user_id: int, search: str = "", limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    """Everybody with an accepted connection, the latest first: one entry a person, presence as privacy allows.

    ``limit`` None is all of them.
    """
    rows = await conn.fetch(CONTACTS, row_id(user_id), search, limit, offset)
    times = ("connected_at", "last_login", "last_message_at")
    return [{**row, **{name: utc(row[name]) for name in times}} for row in rows]


async def get_or_create_direct_conversation(conn: Connection, user1_id: int, user2_id: int) -> int:
    """The id of the one direct conversation of two people; who had left it is in it again.

    The first person counts as its creator. Raises ValueError for one person twice, `NotFound` for nobody.
    """
    if user1_id == user2_id:
        raise ValueError("a direct conversation is between two people")
    first, second = row_id(user1_id), row_id(user2_id)
    async with conn.transaction():
        # Two at once would both find nothing: the lock makes the second wait, and then find the first's.
        await conn.execute("SELECT pg_advisory_xact_lock($1, $2)", min(first, second), max(first, second))
        found = await conn.fetchval(DIRECT, first, second)
        if found is not None:
            await conn.execute(REOPEN, found, [first, second])
            return int(found)
        if await conn.fetchval("SELECT count(*) FROM users WHERE id = ANY($1::int[])", [first, second]) < 2:
            raise NotFound("User not found")
        return int(await conn.fetchval(CREATE_DIRECT, first, second))
