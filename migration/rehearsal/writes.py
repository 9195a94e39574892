"""What both generations write, as each role that may: tried in a transaction that is rolled back, or judged."""

# SQL is put together from our own constants and from names that were quoted.

from dataclasses import dataclass

import asyncpg

from migration.schema.connection import Connection

# Every row that was sampled is written once: what a trigger cannot bear shows itself on old rows.
LEGACY = {
    "send a message": "INSERT INTO {0}.chat_messages (conversation_id, sender_profile_id, sender_profile_type, "
    "sender_user_id, content) SELECT conversation_id, profile_id, profile_type, user_id, 'rehearsal' "
    "FROM {0}.conversation_participants WHERE profile_id IS NOT NULL LIMIT 5",
    "edit messages": "UPDATE {0}.chat_messages SET content = content, is_edited = true",
    "delete messages": "UPDATE {0}.chat_messages SET is_deleted = true",
    "pin messages": "UPDATE {0}.chat_messages SET is_pinned = NOT coalesce(is_pinned, false), "
    "pinned_by_profile_id = sender_profile_id, pinned_by_profile_type = nullif(sender_profile_type, 'system')",
    "mark as read": "UPDATE {0}.conversation_participants SET last_read_at = CURRENT_TIMESTAMP",
    "leave": "UPDATE {0}.conversation_participants SET is_active = false",
    "archive": "UPDATE {0}.conversations SET is_archived = NOT coalesce(is_archived, false)",
    "remove members": "DELETE FROM {0}.conversation_participants",
    "change profiles' people": "UPDATE {0}.users SET first_name = first_name",
}
MODERN = {
    "send a message by user": "INSERT INTO {0}.chat_messages (conversation_id, sender_user_id, content) "
    "SELECT conversation_id, user_id, 'rehearsal' FROM {0}.conversation_participants LIMIT 5",
    "begin a conversation by user": "INSERT INTO {0}.conversations (type, created_by_user_id) "
    "SELECT 'group', min(user_id) FROM {0}.conversation_participants",
    "join by user": "INSERT INTO {0}.conversation_participants (conversation_id, user_id) "
    "SELECT c, u FROM (SELECT max(id) AS c FROM {0}.conversations) x, (SELECT min(user_id) AS u "
    "FROM {0}.conversation_participants) y WHERE NOT EXISTS (SELECT FROM {0}.conversation_participants p "
    "WHERE p.conversation_id = x.c AND p.user_id = y.u)",
    "pin by user": "INSERT INTO {0}.pinned_messages (message_id, conversation_id, pinned_by_user_id) "
    "SELECT id, conversation_id, sender_user_id FROM {0}.chat_messages m WHERE NOT EXISTS "
    "(SELECT FROM {0}.pinned_messages p WHERE p.message_id = m.id) LIMIT 5",
    "mark as read by user": "UPDATE {0}.conversation_participants SET last_read_at = CURRENT_TIMESTAMP",
}
# Who writes messages: people's roles, not PostgreSQL's own.
ROLES = """
SELECT r.rolname FROM pg_roles r WHERE NOT r.rolsuper AND r.rolname NOT LIKE 'pg\\_%'
    AND has_table_privilege(r.oid, $1, 'INSERT') ORDER BY 1"""
# What the triggers' tables need of a role that the rehearsal may not become.
NEW_TABLES = ("pinned_messages", "chat_two_step_verification")


@dataclass(frozen=True)
class Write:
    """One write of one role that failed, and with which sentence."""

    role: str
    name: str
    failure: str


async def writers(connection: Connection, schema: str) -> list[str]:
    """Return the roles that may write messages, and us: the role of this connection."""
    rows = await connection.fetch(ROLES, f"{schema}.chat_messages")
    own = await connection.fetchval("SELECT current_user::text")
    return [*dict.fromkeys([own, *(row[0] for row in rows)])]


async def may_become(connection: Connection, role: str) -> bool:
    """Say whether SET ROLE is allowed."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"SET LOCAL ROLE {await _quoted(connection, role)}")
    except asyncpg.InsufficientPrivilegeError:
        return False
    finally:
        await transaction.rollback()
    return True


async def _quoted(connection: Connection, name: str) -> str:
    return str(await connection.fetchval("SELECT quote_ident($1)", name))


async def failing(connection: Connection, schema: str, role: str, statements: dict[str, str]) -> list[Write]:
    """Try each statement as a role; nothing stays. `schema` is quoted."""
    become = f"SET LOCAL ROLE {await _quoted(connection, role)}"
    found = []
    for name, sql in statements.items():
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(become)
            await connection.execute(sql.format(schema))
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except asyncpg.PostgresError as failure:
            found.append(Write(role, name, str(failure.args[0])))
        finally:
            await transaction.rollback()
    return found


async def lacking(connection: Connection, schema: str, role: str) -> list[Write]:
    """Judge from the catalog what a role that we may not become will lack on the new tables."""
    found = []
    for table in NEW_TABLES:
        name = f"{schema}.{table}"
        if await connection.fetchval("SELECT to_regclass($1) IS NULL", name):
            continue
        if not await connection.fetchval("SELECT has_table_privilege($1, $2, 'SELECT')", role, name):
            found.append(Write(role, f"read {table}", "no right, says the catalog"))
    return found
