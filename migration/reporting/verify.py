"""Was anything lost, changed or invented? The whole database against its checksums and against the declared rules.

"Before" is every row as it was when its bucket was sealed: today's row with the journal's old values put back, and the
journal's removed rows. "After" is what is there now.
"""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from migration.anomalies.identities import CREATOR, IDENTITIES, JOURNALED, SENDER, Identity
from migration.anomalies.merges import MERGES, Merge
from migration.engine import record
from migration.engine.progress import Progress
from migration.engine.record import PHASES
from migration.phases.backfill import BUCKET, row_hash
from migration.phases.expand import original_columns
from migration.reporting.views import VIEWS, overlay, was_there
from migration.schema.catalog import Catalog, Connection, read_catalog
from migration.schema.target import CONSTRAIN, EXPAND

SHOWN = 20


async def verify_database(connection: Connection, progress: Progress) -> list[str]:
    """Return every difference found, at most 20 of each kind; none on a database that was never migrated."""
    run = await record.read_run(connection)
    if run is None:
        return []
    catalog = await read_catalog(connection)
    known = await record.read_steps(connection)
    reached = PHASES.index(run.phase) if run.phase in PHASES else -1
    found: list[str] = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SET LOCAL work_mem = '256MB'")
        found += _objects(catalog, reached)
        if reached >= PHASES.index("backfill"):
            for table in (t for t in JOURNALED if t in catalog.tables):
                found += await _checksums(connection, table, original_columns(catalog, known, table))
                progress.note(f"✓ verify: {table} is what it was")
            for query in _invariants(catalog, reached):
                found += await _listed(connection, query)
        if reached >= PHASES.index("merge"):
            for merge in (m for m in MERGES if m.table in catalog.tables):
                columns = original_columns(catalog, known, merge.table)
                # Before the unique index a live writer may still add a second row; constrain merges it.
                found += await _merged(
                    connection, merge, columns, unique=reached >= PHASES.index("constrain")
                )
                progress.note(f"✓ verify: {merge.table}, one row a person ({merge.rule})")
            for name, query in VIEWS.items():
                found += await _listed(connection, query)
                progress.note(f"✓ verify: {name}, as each profile saw before and each person sees now")
    return found


def _objects(catalog: Catalog, reached: int) -> list[str]:
    items = [*EXPAND, *CONSTRAIN] if reached >= PHASES.index("constrain") else [*EXPAND]
    return [f"{item.label} is not there" for item in items if not item.exists(catalog)]


async def _listed(connection: Connection, query: str) -> list[str]:
    return [
        row[0]
        for row in await connection.fetch(f"SELECT x FROM ({query}) AS cases (x) ORDER BY 1 LIMIT {SHOWN}")
    ]


async def _checksums(connection: Connection, table: str, columns: list[str]) -> list[str]:
    """Compare every bucket: today's untouched rows as they were, removed ones, and what touched ones were."""
    query = f"""
WITH {overlay(table)},
first_touch AS MATERIALIZED (
    SELECT DISTINCT ON (t.key) t.key, t.hash FROM chat_migration.touched t
    JOIN chat_migration.sealed s ON s.table_name = t.table_name AND s.bucket = t.key / {BUCKET}
    WHERE t.table_name = '{table}' AND NOT pg_visible_in_snapshot(t.xid, s.snapshot) ORDER BY t.key, t.seq),
mark AS (SELECT key FROM chat_migration.mark WHERE table_name = '{table}'),
rows AS (
    SELECT t.id::bigint AS key, {row_hash(columns)} AS hash FROM {table} t
    WHERE t.id <= (SELECT key FROM mark) AND t.id NOT IN (SELECT key FROM patch)
        AND t.id NOT IN (SELECT key FROM first_touch)
    UNION ALL
    SELECT t.id, {row_hash(columns, "b")} FROM {table} t JOIN patch p ON p.key = t.id
        CROSS JOIN LATERAL jsonb_populate_record(t, p.old) b
    WHERE t.id <= (SELECT key FROM mark) AND t.id NOT IN (SELECT key FROM first_touch)
    UNION ALL
    SELECT r.key, {row_hash(columns, "b")} FROM removed r
        CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, r.old) b
    WHERE r.key <= (SELECT key FROM mark) AND r.key NOT IN (SELECT key FROM first_touch)
    UNION ALL
    SELECT key, hash FROM first_touch),
today AS (SELECT key / {BUCKET} AS bucket, count(*) AS rows, sum(hash::numeric) AS checksum FROM rows GROUP BY 1)
SELECT coalesce(s.bucket, n.bucket) AS bucket, s.rows AS was, n.rows AS is
FROM (SELECT * FROM chat_migration.sealed WHERE table_name = '{table}') s FULL JOIN today n ON n.bucket = s.bucket
WHERE s.rows IS DISTINCT FROM n.rows OR s.checksum IS DISTINCT FROM n.checksum ORDER BY 1 LIMIT {SHOWN}"""
    found = []
    for row in await connection.fetch(query):
        low = row["bucket"] * BUCKET
        where = f"{table} ids {low} to {low + BUCKET - 1}"
        if row["was"] != row["is"]:
            found.append(f"{where}: {row['was'] or 0} rows before, {row['is'] or 0} accounted for")
        else:
            found.append(f"{where}: a row is not what it was, and nobody is known to have changed it")
    return found


def _invariants(catalog: Catalog, reached: int) -> list[str]:
    """Return queries for rows that name no person, or a person who is not the profile's owner (D14, D16, D17, D19)."""
    queries = []
    for i in IDENTITIES:
        if i.table not in catalog.tables:
            continue
        queries.append(_wrong_person(i))
        if i.user not in ("pinned_by_user_id", "forwarded_from_user_id"):
            queries.append(_nobody(i))
    if reached >= PHASES.index("backfill"):
        queries.append(
            "SELECT 'chat_messages ' || id || ': pinned, but not in pinned_messages' FROM chat_messages m "
            "WHERE is_pinned AND NOT EXISTS (SELECT FROM pinned_messages p WHERE p.message_id = m.id)"
        )
        queries.append(
            "SELECT 'user ' || user_id || ': two-step protection is off' FROM chat_settings s "
            "WHERE two_step_verification AND two_step_password_hash IS NOT NULL AND NOT EXISTS "
            "(SELECT FROM chat_two_step_verification v WHERE v.user_id = s.user_id AND v.is_enabled)"
        )
    if reached >= PHASES.index("merge"):
        queries.append(
            "SELECT 'chat_messages ' || id || ': deleted, but its content is there' FROM chat_messages "
            "WHERE is_deleted AND (content IS NOT NULL OR media_url IS NOT NULL OR original_content IS NOT NULL)"
        )
    return queries


def _wrong_person(i: Identity) -> str:
    u, role, profile = i.columns
    spared = ""
    if i == SENDER:
        spared = f" AND NOT chat_migration.undecided(t.conversation_id, t.{u}, o.user_id)"
    if i == CREATOR:
        spared = (
            f" AND NOT EXISTS (SELECT FROM conversation_participants p WHERE p.conversation_id = t.id "
            f"AND p.user_id = t.{u} AND t.{profile} = t.{u})"
        )
    return (
        f"SELECT '{i.table} ' || t.id || ': {u} is ' || t.{u} || ', but ' || t.{role} || ' ' || t.{profile} "
        f"|| ' belongs to ' || o.user_id FROM {i.table} t JOIN chat_migration.identity o "
        f"ON o.profile_type = lower(btrim(t.{role})) AND o.profile_id = t.{profile} "
        f"WHERE o.user_id <> t.{u} AND t.{profile} <> t.{u}{spared}"
    )


def _nobody(i: Identity) -> str:
    u, role, profile = i.columns
    return (
        f"SELECT '{i.table} ' || t.id || ': no person, but ' || t.{role} || ' ' || t.{profile} || ' has an owner' "
        f"FROM {i.table} t JOIN chat_migration.identity o "
        f"ON o.profile_type = lower(btrim(t.{role})) AND o.profile_id = t.{profile} "
        f"WHERE t.{u} IS NULL AND o.user_id IS NOT NULL"
    )


async def _merged(connection: Connection, merge: Merge, columns: list[str], *, unique: bool) -> list[str]:
    """Say which groups have more than one row, and which winners do not have what the rule makes of their group."""
    key = ", ".join(f"t.{c}" for c in merge.key)
    names = " || ', ' || ".join(f"'{c} ' || t.{c}" for c in merge.key)
    where = f"t.{merge.where}" if merge.where != "true" else "true"
    doubles = (
        f"SELECT '{merge.table} ' || {names} || ': more than one row' FROM {merge.table} t "
        f"WHERE {where} GROUP BY {key} HAVING count(*) > 1"
    )
    found = await _listed(connection, doubles) if unique else []
    checked = [c for c in merge.columns if c in columns]
    if checked:
        found += await _listed(connection, _wrong_merge(merge, checked))
    return found


def _wrong_merge(merge: Merge, columns: list[str]) -> str:
    """Compute every winner of the merge phase again from the rows as they were, and compare.

    Winners that came after the mark, or that somebody wrote since, are left out: their value is a person's now. So are
    live absorptions (their losers came after the mark).
    """
    values = ", ".join(f"{merge.expression(c)} AS {c}" for c in columns)
    mine = ", ".join(f"t.{c}" for c in columns)
    theirs = ", ".join(f"v.{c}" for c in columns)
    return f"""
WITH {overlay(merge.table)},
merged AS (SELECT * FROM removed WHERE rule = '{merge.rule}' AND winner IS NOT NULL
    AND key <= (SELECT m.key FROM chat_migration.mark m WHERE m.table_name = '{merge.table}')),
r AS (
    SELECT m.winner, b.* FROM merged m CROSS JOIN LATERAL jsonb_populate_record(NULL::{merge.table}, m.old) b
    UNION ALL
    SELECT t.id, b.* FROM {merge.table} t LEFT JOIN patch p ON p.key = t.id
        CROSS JOIN LATERAL jsonb_populate_record(t, coalesce(p.old, '{{}}')) b
    WHERE t.id IN (SELECT winner FROM merged)),
v AS (SELECT r.winner, {values} FROM r GROUP BY r.winner)
SELECT '{merge.table} ' || t.id || ': not what rule {merge.rule} makes of ' ||
    (SELECT count(*) + 1 FROM merged m WHERE m.winner = t.id) || ' rows'
FROM v JOIN {merge.table} t ON t.id = v.winner
WHERE ({mine}) IS DISTINCT FROM ({theirs}) AND {was_there(merge.table, "t.id")}
    AND NOT EXISTS (SELECT FROM chat_migration.touched x WHERE x.table_name = '{merge.table}' AND x.key = t.id)
    AND NOT EXISTS (SELECT FROM chat_migration.journal j WHERE j.table_name = '{merge.table}' AND j.winner = t.id
        AND j.key > (SELECT m.key FROM chat_migration.mark m WHERE m.table_name = '{merge.table}'))"""
