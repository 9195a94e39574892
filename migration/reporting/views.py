"""What a person saw before and sees now: conversations, unread messages, blocks, privacy; queries for differences.

"Before" is every row as it was when its bucket was sealed (see `overlay`).
"""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from collections.abc import Mapping, Sequence

from migration.schema.connection import literal
from migration.schema.rows import bucket

# What a live write changed before the checksums of its bucket were taken is in them.
SINCE_SEALED = """ AND NOT EXISTS (SELECT FROM chat_migration.sealed s WHERE s.table_name = j.table_name
        AND s.bucket = {bucket} AND pg_visible_in_snapshot(j.xid, s.snapshot))"""


def overlay(table: str, less: Sequence[str] = (), *, since_sealed: bool = False) -> str:
    """Return the CTE `patch` (key, old): for each changed row of a table the oldest value of every changed column; and
    `removed`. `less`: columns that nobody asks for; their values are texts that a record would not take.
    `since_sealed`: only what changed after the checksums were taken.
    """
    since = SINCE_SEALED.format(bucket=bucket("j.key")) if since_sealed else ""
    without = f" - ARRAY[{', '.join(map(literal, less))}]::text[]" if less else ""
    return f"""
patch AS MATERIALIZED (SELECT key, jsonb_object_agg(k, v){without} AS old FROM (
    SELECT DISTINCT ON (j.key, e.key) j.key, e.key AS k, e.value AS v
    FROM chat_migration.journal j, jsonb_each(j.old) e
    WHERE j.table_name = '{table}' AND j.action = 'U'{since} ORDER BY j.key, e.key, j.id) x GROUP BY key),
removed AS MATERIALIZED (SELECT j.key, j.winner, j.rule, (j.old || coalesce(p.old, '{{}}')){without} AS old
    FROM chat_migration.journal j LEFT JOIN patch p ON p.key = j.key
    WHERE j.table_name = '{table}' AND j.action = 'D'{since})"""


def was_there(table: str, row: str) -> str:
    """Return the condition that a row was there before: later ones are a live writer's alone."""
    return (
        f"({row} <= (SELECT k.key FROM chat_migration.mark k WHERE k.table_name = '{table}') AND NOT EXISTS (SELECT "
        f"FROM chat_migration.touched n WHERE n.table_name = '{table}' AND n.key = {row} AND n.born))"
    )


# Who a profile pair of an old row is now: by the rules D14, D16, D17.
NOW = """
(SELECT (chat_migration.settle(m.user_id, m.profile_type, m.profile_id)).person)"""


def _participants_before(less: Sequence[str]) -> str:
    return f"""{overlay("conversation_participants", less)},
members AS MATERIALIZED (
    SELECT b.* FROM removed m
        CROSS JOIN LATERAL jsonb_populate_record(NULL::@conversation_participants, m.old) b
    UNION ALL
    SELECT b.* FROM @conversation_participants t LEFT JOIN patch p ON p.key = t.id
        CROSS JOIN LATERAL jsonb_populate_record(t.*, coalesce(p.old, '{{}}')) b)"""


def _conversations(members: str) -> str:
    return f"""
WITH {members},
legacy AS (SELECT DISTINCT m.conversation_id, {NOW} AS user_id FROM members m WHERE m.is_active),
modern AS (SELECT conversation_id, user_id FROM @conversation_participants WHERE is_active)
SELECT 'user ' || coalesce(l.user_id, n.user_id) || ': conversation ' ||
    coalesce(l.conversation_id, n.conversation_id) ||
    CASE WHEN n.user_id IS NULL THEN ' is not listed any more' ELSE ' was not listed before' END
FROM legacy l FULL JOIN modern n USING (conversation_id, user_id) WHERE l.user_id IS NULL OR n.user_id IS NULL"""


def _unread(members: str) -> str:
    return f"""
WITH {members},
legacy AS (SELECT m.conversation_id, {NOW} AS user_id, max(m.last_read_at) AS read,
    CASE WHEN bool_or(m.chat_cleared_at IS NULL) THEN NULL ELSE min(m.chat_cleared_at) END AS cleared
    FROM members m GROUP BY 1, 2),
both_sides AS (SELECT l.conversation_id, l.user_id, l.read, l.cleared, p.last_read_at, p.chat_cleared_at
    FROM legacy l JOIN @conversation_participants p USING (conversation_id, user_id)
    WHERE p.is_active AND {was_there("conversation_participants", "p.id")}
        AND (l.read IS DISTINCT FROM p.last_read_at OR l.cleared IS DISTINCT FROM p.chat_cleared_at)
        AND NOT EXISTS (SELECT FROM chat_migration.touched x WHERE x.table_name = 'conversation_participants'
            AND x.key = p.id))
SELECT 'user ' || user_id || ': unread messages of conversation ' || conversation_id || ' differ' FROM both_sides b
WHERE (SELECT count(*) FROM @chat_messages c WHERE c.conversation_id = b.conversation_id
        AND c.sender_user_id <> b.user_id AND c.is_deleted IS NOT TRUE AND c.created_at > coalesce(b.read, '-infinity')
        AND c.created_at > coalesce(b.cleared, '-infinity'))
    <> (SELECT count(*) FROM @chat_messages c WHERE c.conversation_id = b.conversation_id
        AND c.sender_user_id <> b.user_id AND c.is_deleted IS NOT TRUE
        AND c.created_at > coalesce(b.last_read_at, '-infinity')
        AND c.created_at > coalesce(b.chat_cleared_at, '-infinity'))"""


def _blocks(blocks: Sequence[str]) -> str:
    return f"""
WITH {overlay("blocked_chat_contacts", blocks)},
old AS (
    SELECT b.* FROM removed m CROSS JOIN LATERAL jsonb_populate_record(NULL::@blocked_chat_contacts, m.old) b
        WHERE {was_there("blocked_chat_contacts", "m.key")} AND NOT EXISTS (SELECT FROM chat_migration.touched x
            WHERE x.table_name = 'blocked_chat_contacts' AND x.key = m.winner)
    UNION ALL
    SELECT b.* FROM @blocked_chat_contacts t LEFT JOIN patch p ON p.key = t.id
        CROSS JOIN LATERAL jsonb_populate_record(t.*, coalesce(p.old, '{{}}')) b),
legacy AS (SELECT DISTINCT
    (SELECT (chat_migration.settle(o.blocker_user_id, o.blocker_profile_type, o.blocker_profile_id)).person) AS a,
    (SELECT (chat_migration.settle(o.blocked_user_id, o.blocked_profile_type, o.blocked_profile_id)).person) AS b
    FROM old o),
modern AS (SELECT blocker_user_id AS a, blocked_user_id AS b FROM @blocked_chat_contacts WHERE is_active IS NOT FALSE)
SELECT 'the block of user ' || coalesce(l.b, n.b) || ' by user ' || coalesce(l.a, n.a) ||
    CASE WHEN n.a IS NULL THEN ' is gone' ELSE ' was not there' END
FROM (SELECT * FROM legacy WHERE a <> b) l FULL JOIN modern n ON n.a = l.a AND n.b = l.b
WHERE l.a IS NULL OR n.a IS NULL"""


def _privacy(settings: Sequence[str]) -> str:
    return f"""
WITH {overlay("chat_settings", settings)},
old AS (
    SELECT b.* FROM removed m CROSS JOIN LATERAL jsonb_populate_record(NULL::@chat_settings, m.old) b
    WHERE {was_there("chat_settings", "m.key")}
    UNION ALL
    SELECT b.* FROM @chat_settings t LEFT JOIN patch p ON p.key = t.id
        CROSS JOIN LATERAL jsonb_populate_record(t.*, coalesce(p.old, '{{}}')) b
    WHERE NOT EXISTS (SELECT FROM chat_migration.touched x WHERE x.table_name = 'chat_settings' AND x.key = t.id))
SELECT 'user ' || s.user_id || ': the settings protect less than those of ' || o.profile_type || ' ' || o.profile_id
FROM @chat_settings s JOIN old o ON (SELECT (chat_migration.settle(o.user_id, o.profile_type, o.profile_id)).person)
    = s.user_id
WHERE {was_there("chat_settings", "s.id")} AND {was_there("chat_settings", "o.id")}
    AND NOT EXISTS (SELECT FROM chat_migration.touched x WHERE x.table_name = 'chat_settings' AND x.key = s.id)
    AND (chat_migration.protection(s.who_can_message) < chat_migration.protection(o.who_can_message)
    OR chat_migration.protection(s.allow_calls_from) < chat_migration.protection(o.allow_calls_from)
    OR chat_migration.protection(s.last_seen_visibility) < chat_migration.protection(o.last_seen_visibility)
    OR (s.read_receipts AND NOT o.read_receipts) OR (s.online_status AND NOT o.online_status)
    OR (o.block_screenshots AND NOT s.block_screenshots) OR (o.disable_forwarding AND NOT s.disable_forwarding)
    OR (o.two_step_verification AND NOT s.two_step_verification))"""


def views(less: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return queries that list differences between what the legacy queries showed to some profile and what the person
    sees. `less`: for each table the columns that nobody asks for.
    """
    members = _participants_before(less.get("conversation_participants", ()))
    return {
        "conversations": _conversations(members),
        "unread messages": _unread(members),
        "blocks": _blocks(less.get("blocked_chat_contacts", ())),
        "privacy settings": _privacy(less.get("chat_settings", ())),
    }
