# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608
"""The data steps of the merge phase: rows that say the same become one, what was deleted is emptied."""

from migration.anomalies.batches import Batch
from migration.anomalies.identities import CREATOR, IDENTITIES, Identity
from migration.anomalies.merges import MERGES, Merge

# D4: a direct conversation of a person with nobody else is a note to oneself: archived, never merged into another one.
NOTE_TO_SELF = """
UPDATE @conversation_participants p SET is_archived = true FROM (
    SELECT c.id FROM @conversations c JOIN @conversation_participants q ON q.conversation_id = c.id
    WHERE c.id > $1::bigint AND c.id <= $2::bigint AND c.type = 'direct'
    GROUP BY c.id HAVING count(*) > 1 AND count(DISTINCT q.user_id) = 1) s
WHERE p.conversation_id = s.id AND p.is_archived IS NOT TRUE"""

SELF_BLOCKS = """
SELECT chat_migration.bury('blocked_chat_contacts', 'D9', array_agg(id::bigint), array_agg(NULL::bigint))
FROM @blocked_chat_contacts
WHERE id > $1::bigint AND id <= $2::bigint AND blocker_user_id = blocked_user_id HAVING count(*) > 0"""

BLANK = """
UPDATE @chat_messages SET content = NULL, media_url = NULL, media_metadata = NULL, original_content = NULL
WHERE id > $1::bigint AND id <= $2::bigint AND is_deleted
    AND (content IS NOT NULL OR media_url IS NOT NULL OR media_metadata IS NOT NULL OR original_content IS NOT NULL)"""


def _duplicates(m: Merge) -> tuple[str, ...]:
    """Merge the groups whose first key is in the batch: winners take the merged values, losers go to the journal."""
    key = ", ".join(f"r.{c}" for c in m.key)
    # Not IS NOT DISTINCT FROM, which no index and no hash can answer: a row whose key is empty is nobody's double.
    same = " AND ".join(f"r.{c} = g.{c}" for c in m.key)
    where = (
        f"r.{m.key[0]} > $1::bigint AND r.{m.key[0]} <= $2::bigint AND r.{m.where}"
        if m.where != "true"
        else (f"r.{m.key[0]} > $1::bigint AND r.{m.key[0]} <= $2::bigint")
    )
    groups = f"SELECT {key} FROM @{m.table} r WHERE {where} GROUP BY {key} HAVING count(*) > 1"
    lock = f"SELECT r.id FROM @{m.table} r JOIN ({groups}) g ON {same} WHERE {where} ORDER BY r.id FOR UPDATE OF r"
    merge = ""
    if m.columns:
        values = f"SELECT (array_agg(r.id ORDER BY {m.order}))[1] AS winner, {m.merged()}"
        columns = ", ".join(m.columns)
        mine = ", ".join(f"t.{c}" for c in m.columns)
        theirs = ", ".join(f"v.{c}" for c in m.columns)
        merge = f"""
UPDATE @{m.table} t SET ({columns}) = ROW({theirs})
FROM ({values} FROM @{m.table} r WHERE {where} GROUP BY {key} HAVING count(*) > 1) v
WHERE t.id = v.winner AND t.{m.key[0]} > $1::bigint AND t.{m.key[0]} <= $2::bigint
    AND ({mine}) IS DISTINCT FROM ({theirs})"""
    # Losers are told by their place before anything was merged: a merged winner keeps its first place in every order.
    bury = f"""
SELECT chat_migration.bury('{m.table}', '{m.rule}', array_agg(l.id::bigint), array_agg(l.winner::bigint))
FROM (SELECT r.id, first_value(r.id) OVER w AS winner FROM @{m.table} r JOIN ({groups}) g ON {same}
    WHERE {where} WINDOW w AS (PARTITION BY {key} ORDER BY {m.order})) l
WHERE l.id <> l.winner HAVING count(*) > 0"""
    return tuple(sql for sql in (lock, merge, bury) if sql)


def _repair(i: Identity) -> Batch:
    """D17: the number is the person's own user id; the row gets the profile under which the person is named."""
    u, role, profile = i.columns
    spare = ""
    if i.table == "poll_votes":
        spare = (
            " AND NOT EXISTS (SELECT FROM @poll_votes v WHERE v.poll_id = c.poll_id AND v.option_id = c.option_id"
            " AND v.profile_id = s.profile)"
        )
    sql = f"""
UPDATE @{i.table} c SET ({role}, {profile}) = (s.role, s.profile)
FROM (SELECT t.id, coalesce(own.profile_type, n.role) AS role, coalesce(own.profile_id, n.profile) AS profile
    FROM @{i.table} t
    LEFT JOIN chat_migration.identity o ON o.profile_type = lower(btrim(t.{role})) AND o.profile_id = t.{profile}
    LEFT JOIN chat_migration.identity own ON own.profile_type = lower(btrim(t.{role})) AND own.user_id = t.{u}
    CROSS JOIN LATERAL chat_migration.name_of(t.{u}) n
    WHERE t.id > $1::bigint AND t.id <= $2::bigint AND t.{profile} = t.{u} AND o.user_id IS DISTINCT FROM t.{u}
    OFFSET 0) s
WHERE c.id = s.id AND c.id > $1::bigint AND c.id <= $2::bigint AND s.profile IS NOT NULL{spare}"""
    return Batch(f"fallback ids {i.table}.{u}", "D17", i.table, (sql,), size=20_000)


def _normalise(i: Identity) -> Batch:
    """D22: one spelling of a profile type, where no CHECK enforced it."""
    sql = f"""
UPDATE @{i.table} SET {i.type} = lower(btrim({i.type}))
WHERE id > $1::bigint AND id <= $2::bigint AND {i.type} <> lower(btrim({i.type}))"""
    return Batch(f"spelling {i.table}.{i.type}", "D22", i.table, (sql,))


UNCHECKED = ("chat_settings", "chat_active_sessions", "chat_privacy_reports", "polls", "poll_votes")


def merges() -> list[Batch]:
    """Return the steps of the merge phase."""
    return [
        Batch("notes to oneself", "D4", "conversations", (NOTE_TO_SELF,)),
        Batch("self-blocks", "D9", "blocked_chat_contacts", (SELF_BLOCKS,)),
        *(Batch(f"duplicates {m.table}", m.rule, m.table, _duplicates(m), m.key[0]) for m in MERGES),
        *(_repair(i) for i in IDENTITIES if i != CREATOR),
        *(_normalise(i) for i in IDENTITIES if i.table in UNCHECKED),
        Batch("deleted content", "D26", "chat_messages", (BLANK,), size=20_000),
    ]
