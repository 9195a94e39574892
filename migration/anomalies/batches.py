# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608
"""The data steps: each walks over one table by key and changes what its rule says, a committed batch at a time.

$1 and $2 in every statement are the batch: key > $1::bigint AND key <= $2::bigint. Every statement may run twice.
"""

from dataclasses import dataclass

from migration.anomalies.identities import CREATOR, IDENTITIES, SENDER, Identity


@dataclass(frozen=True)
class Batch:
    """One data step: its trap, the table and key it walks over, the statements of one batch."""

    name: str
    rule: str
    table: str
    statements: tuple[str, ...]
    key: str = "id"
    needs: tuple[str, ...] = ()
    size: int = 5000


def settled(i: Identity) -> str:
    """Return the query for the rows of a batch that name nobody, only half of somebody, or two people: id, person, role
    and profile as they shall be.
    """
    u, role, profile = i.columns
    undecided = more = ""
    if i == SENDER:
        more = ", t.conversation_id"
        undecided = f"\n        AND NOT chat_migration.undecided(w.conversation_id, w.{u}, w.owner)"
    return f"""SELECT w.id, s.* FROM (
        SELECT t.id, t.{u}, t.{role}, t.{profile}, o.user_id AS owner{more} FROM @{i.table} t
        LEFT JOIN (SELECT profile_type, profile_id, user_id FROM chat_migration.identity OFFSET 0) o
            ON o.profile_type = lower(btrim(t.{role})) AND o.profile_id = t.{profile}
        WHERE t.id > $1::bigint AND t.id <= $2::bigint AND (t.{u} IS NOT NULL OR t.{profile} IS NOT NULL) OFFSET 0) w
    CROSS JOIN LATERAL chat_migration.settle(w.{u}, w.{role}, w.{profile}) s
    WHERE w.{u} IS NULL OR w.{profile} IS NULL OR (w.owner <> w.{u} AND w.{profile} <> w.{u}{undecided})"""


def _identity(i: Identity) -> Batch:
    """Fill the empty half of an identity, and give a row to the owner of its profile where they disagree."""
    u, role, profile = i.columns
    sql = f"""
UPDATE @{i.table} c SET ({u}, {role}, {profile}) = (s.person, s.role, s.profile)
FROM ({settled(i)}) s
WHERE c.id = s.id AND c.id > $1::bigint AND c.id <= $2::bigint
    AND (c.{u}, c.{role}, c.{profile}) IS DISTINCT FROM (s.person, s.role, s.profile)"""
    return Batch(f"identity {i.table}.{u}", "D16", i.table, (sql,), size=20_000)


# D20, D21: the owner of the creating profile; with the old client's fallback the participant who has that number; the
# participant who joined under that pair; the earliest admin.
CREATORS = """
WITH decided AS (
    SELECT c.id, coalesce(
        (SELECT p.user_id FROM @conversation_participants p WHERE p.conversation_id = c.id
            AND p.profile_id = c.created_by_profile_id AND p.profile_type = c.created_by_profile_type
            AND p.user_id = c.created_by_profile_id LIMIT 1),
        o.user_id,
        (SELECT p.user_id FROM @conversation_participants p WHERE p.conversation_id = c.id
            AND p.profile_id = c.created_by_profile_id AND p.profile_type = c.created_by_profile_type LIMIT 1),
        c.created_by_user_id,
        (SELECT p.user_id FROM @conversation_participants p WHERE p.conversation_id = c.id AND p.role = 'admin'
            ORDER BY p.is_active IS TRUE DESC, p.joined_at NULLS LAST, p.id LIMIT 1)) AS person
    FROM @conversations c LEFT JOIN chat_migration.identity o
        ON o.profile_type = c.created_by_profile_type AND o.profile_id = c.created_by_profile_id
    WHERE c.id > $1::bigint AND c.id <= $2::bigint)
UPDATE @conversations c SET created_by_user_id = d.person FROM decided d
WHERE c.id = d.id AND c.id > $1::bigint AND c.id <= $2::bigint AND c.created_by_user_id IS DISTINCT FROM d.person"""

PINS = """
INSERT INTO @pinned_messages (message_id, conversation_id, pinned_by_user_id, pinned_at)
SELECT id, conversation_id, coalesce(pinned_by_user_id, sender_user_id),
    coalesce(pinned_at, created_at, now()::timestamp)
FROM @chat_messages WHERE id > $1::bigint AND id <= $2::bigint AND is_pinned
ON CONFLICT (message_id, conversation_id) DO NOTHING"""
PINS_BACK = """
UPDATE @chat_messages m SET is_pinned = true, pinned_at = p.pinned_at, pinned_by_user_id = p.pinned_by_user_id,
    pinned_by_profile_type = n.role, pinned_by_profile_id = n.profile
FROM @pinned_messages p CROSS JOIN LATERAL chat_migration.name_of(p.pinned_by_user_id) n
WHERE p.id > $1::bigint AND p.id <= $2::bigint AND m.id = p.message_id AND m.is_pinned IS NOT TRUE"""

ARCHIVES = """
UPDATE @conversation_participants p SET is_archived = true FROM @conversations c
WHERE c.id > $1::bigint AND c.id <= $2::bigint AND p.conversation_id = c.id AND c.is_archived AND p.is_active
    AND p.is_archived IS NOT TRUE"""

ACTIVITY = """
UPDATE @chat_active_sessions SET last_active_at = t.latest, last_active = t.latest,
    is_online = coalesce(is_online, true)
FROM (SELECT id AS row_id,
        CASE WHEN $COLUMN IS NULL THEN coalesce(last_active_at, last_active) ELSE $COLUMN END AS latest
    FROM @chat_active_sessions WHERE id > $1::bigint AND id <= $2::bigint) t
WHERE id = t.row_id AND (last_active_at IS DISTINCT FROM t.latest OR last_active IS DISTINCT FROM t.latest
    OR is_online IS NULL)"""

BLOCK_TIMES = """
UPDATE @blocked_chat_contacts SET created_at = blocked_at
WHERE id > $1::bigint AND id <= $2::bigint AND created_at IS DISTINCT FROM blocked_at AND blocked_at IS NOT NULL"""

# D7. The flag of any profile protects; of differing passwords the newest counts, and last_verified_at stays empty, so
# that the person is asked to set it up again.
TWO_STEP = """
INSERT INTO @chat_two_step_verification AS v
    (user_id, created_at, updated_at, is_enabled, password_hash, recovery_email)
SELECT s.user_id, coalesce(min(s.created_at), now()), coalesce(max(s.updated_at), now()),
    bool_or(s.two_step_verification IS TRUE),
    (array_agg(s.two_step_password_hash
        ORDER BY s.two_step_verification IS TRUE DESC, s.updated_at DESC NULLS LAST, s.id)
        FILTER (WHERE s.two_step_password_hash IS NOT NULL))[1],
    (array_agg(s.two_step_email
        ORDER BY s.two_step_verification IS TRUE DESC, s.updated_at DESC NULLS LAST, s.id)
        FILTER (WHERE s.two_step_email IS NOT NULL))[1]
FROM @chat_settings s WHERE s.user_id > $1::bigint AND s.user_id <= $2::bigint
GROUP BY s.user_id HAVING bool_or(s.two_step_verification IS TRUE)
ON CONFLICT (user_id) DO UPDATE SET is_enabled = true,
    password_hash = coalesce(v.password_hash, EXCLUDED.password_hash),
    recovery_email = coalesce(v.recovery_email, EXCLUDED.recovery_email)
WHERE (v.is_enabled, v.password_hash, v.recovery_email) IS DISTINCT FROM (true,
    coalesce(v.password_hash, EXCLUDED.password_hash), coalesce(v.recovery_email, EXCLUDED.recovery_email))"""

CALL_PEOPLE = """
UPDATE @call_logs SET participants = chat_migration.with_users(participants)
WHERE id > $1::bigint AND id <= $2::bigint AND jsonb_typeof(participants) = 'array'
    AND participants IS DISTINCT FROM chat_migration.with_users(participants) AND participants <> '[]'"""
MEDIA_PEOPLE = """
UPDATE @chat_messages SET media_metadata = chat_migration.with_users(media_metadata)
WHERE id > $1::bigint AND id <= $2::bigint AND media_metadata ? 'profile_id'
    AND media_metadata IS DISTINCT FROM chat_migration.with_users(media_metadata)"""


def backfills(activity_column: str) -> list[Batch]:
    """Return the steps of the backfill; `activity_column` is the one that the writers so far kept fresh."""
    return [
        *(_identity(i) for i in IDENTITIES if i != CREATOR),
        Batch("creators", "D20", "conversations", (CREATORS,)),
        Batch("creator profiles", "D16", "conversations", (_creator_profile(),)),
        Batch("pins", "D24", "chat_messages", (PINS,), size=20_000),
        Batch("pins of the user-based backend", "D24", "pinned_messages", (PINS_BACK,)),
        Batch("archives", "D27", "conversations", (ARCHIVES,)),
        Batch("activity", "O12", "chat_active_sessions", (ACTIVITY.replace("$COLUMN", activity_column),)),
        Batch("block times", "D8", "blocked_chat_contacts", (BLOCK_TIMES,)),
        Batch("two-step protection", "D7", "chat_settings", (TWO_STEP,), key="user_id"),
        Batch("people in calls", "D30", "call_logs", (CALL_PEOPLE,)),
        Batch("people in media", "D30", "chat_messages", (MEDIA_PEOPLE,), size=20_000),
    ]


def _creator_profile() -> str:
    return """
UPDATE @conversations c SET created_by_profile_type = n.role, created_by_profile_id = n.profile
FROM (SELECT t.id, n.* FROM @conversations t CROSS JOIN LATERAL chat_migration.name_of(t.created_by_user_id) n
    WHERE t.id > $1::bigint AND t.id <= $2::bigint
        AND t.created_by_profile_id IS NULL AND t.created_by_user_id IS NOT NULL) n
WHERE c.id = n.id AND c.id > $1::bigint AND c.id <= $2::bigint AND n.profile IS NOT NULL"""
