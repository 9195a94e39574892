"""Was anything lost, changed or invented? The whole database against its checksums and against the declared rules.

"Before" is every row as it was when its bucket was sealed: today's row with the journal's old values put back, and the
journal's removed rows. "After" is what is there now.
"""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from dataclasses import dataclass, field

from migration.anomalies.identities import CREATOR, IDENTITIES, JOURNALED, SENDER, Identity
from migration.anomalies.merges import MERGES, Merge
from migration.engine import record
from migration.engine.progress import Progress
from migration.engine.record import PHASES
from migration.reporting.checksums import Shape, checksums, listed, read_shape
from migration.reporting.views import overlay, views, was_there
from migration.schema.catalog import Catalog, read_catalog
from migration.schema.connection import Connection
from migration.schema.rows import odd
from migration.schema.target import CONSTRAIN, EXPAND


@dataclass
class Found:
    """What was found: differences, at most 20 of each kind, and notes on what the application changed itself."""

    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def verify_database(connection: Connection, progress: Progress) -> Found:
    """Compare everything; nothing is found on a database that was never migrated."""
    run = await record.read_run(connection)
    if run is None:
        return Found()
    catalog = await read_catalog(connection)
    reached = PHASES.index(run.phase) if run.phase in PHASES else -1
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SET LOCAL work_mem = '256MB'")
        found = Found(_objects(catalog, reached))
        tables = [t for t in JOURNALED if t in catalog.tables]
        shapes = {shape.table: shape for t in tables if (shape := await read_shape(connection, catalog, t))}
        found.notes += [note for shape in shapes.values() for note in shape.notes()]
        if reached >= PHASES.index("backfill"):
            await _rows_accounted_for(connection, catalog, reached, shapes, found, progress)
        if reached >= PHASES.index("merge"):
            await _people_see(connection, catalog, reached, shapes, found, progress)
    return found


async def _rows_accounted_for(
    connection: Connection,
    catalog: Catalog,
    reached: int,
    shapes: dict[str, Shape],
    found: Found,
    progress: Progress,
) -> None:
    for table, shape in shapes.items():
        found.differences += await checksums(connection, shape)
        progress.note(f"✓ verify: {table} is what it was")
    for query in _invariants(catalog, reached):
        found.differences += await listed(connection, query)


async def _people_see(
    connection: Connection,
    catalog: Catalog,
    reached: int,
    shapes: dict[str, Shape],
    found: Found,
    progress: Progress,
) -> None:
    less = {table: odd(catalog.tables[table]) for table in shapes}
    for merge in (m for m in MERGES if m.table in shapes):
        # Before the unique index a live writer may still add a second row; constrain merges it.
        unique = reached >= PHASES.index("constrain")
        columns, unasked = shapes[merge.table].there, less[merge.table]
        found.differences += await _merged(connection, merge, columns, unasked, unique=unique)
        progress.note(f"✓ verify: {merge.table}, one row a person ({merge.rule})")
    for name, query in views(less).items():
        found.differences += await listed(connection, query)
        progress.note(f"✓ verify: {name}, as each profile saw before and each person sees now")


def _objects(catalog: Catalog, reached: int) -> list[str]:
    items = [*EXPAND, *CONSTRAIN] if reached >= PHASES.index("constrain") else [*EXPAND]
    return [f"{item.label} is not there" for item in items if not item.exists(catalog)]


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
            "SELECT 'chat_messages ' || id || ': pinned, but not in pinned_messages' FROM @chat_messages m "
            "WHERE is_pinned AND NOT EXISTS (SELECT FROM @pinned_messages p WHERE p.message_id = m.id)"
        )
        queries.append(
            "SELECT 'user ' || user_id || ': two-step protection is off' FROM @chat_settings s "
            "WHERE two_step_verification AND two_step_password_hash IS NOT NULL AND NOT EXISTS "
            "(SELECT FROM @chat_two_step_verification v WHERE v.user_id = s.user_id AND v.is_enabled)"
        )
    if reached >= PHASES.index("merge"):
        queries.append(
            "SELECT 'chat_messages ' || id || ': deleted, but its content is there' FROM @chat_messages "
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
            f" AND NOT EXISTS (SELECT FROM @conversation_participants p WHERE p.conversation_id = t.id "
            f"AND p.user_id = t.{u} AND t.{profile} = t.{u})"
        )
    return (
        f"SELECT '{i.table} ' || t.id || ': {u} is ' || t.{u} || ', but ' || t.{role} || ' ' || t.{profile} "
        f"|| ' belongs to ' || o.user_id FROM @{i.table} t JOIN chat_migration.identity o "
        f"ON o.profile_type = lower(btrim(t.{role})) AND o.profile_id = t.{profile} "
        f"WHERE o.user_id <> t.{u} AND t.{profile} <> t.{u}{spared}"
    )


def _nobody(i: Identity) -> str:
    u, role, profile = i.columns
    return (
        f"SELECT '{i.table} ' || t.id || ': no person, but ' || t.{role} || ' ' || t.{profile} || ' has an owner' "
        f"FROM @{i.table} t JOIN chat_migration.identity o "
        f"ON o.profile_type = lower(btrim(t.{role})) AND o.profile_id = t.{profile} "
        f"WHERE t.{u} IS NULL AND o.user_id IS NOT NULL"
    )


async def _merged(
    connection: Connection, merge: Merge, columns: dict[str, str], less: list[str], *, unique: bool
) -> list[str]:
    """Say which groups have more than one row, and which winners do not have what the rule makes of their group."""
    key = ", ".join(f"t.{c}" for c in merge.key)
    names = " || ', ' || ".join(f"'{c} ' || t.{c}" for c in merge.key)
    where = f"t.{merge.where}" if merge.where != "true" else "true"
    doubles = (
        f"SELECT '{merge.table} ' || {names} || ': more than one row' FROM @{merge.table} t "
        f"WHERE {where} GROUP BY {key} HAVING count(*) > 1"
    )
    found = await listed(connection, doubles) if unique else []
    checked = [c for c in merge.columns if c in columns]
    if checked:
        found += await listed(connection, _wrong_merge(merge, checked, less))
    return found


# A winner may have lost later: what counts is the row that is there in the end.
ENDS = """ends AS (
    SELECT key, winner FROM removed
    UNION
    SELECT e.key, m.winner FROM ends e JOIN removed m ON m.key = e.winner)"""


def _wrong_merge(merge: Merge, columns: list[str], less: list[str]) -> str:
    """Compute every winner of the merge phase again from the rows as they were, and compare.

    Winners that came after the mark, or that somebody wrote since, are left out: their value is a person's now. So are
    live absorptions (their losers came after the mark).
    """
    values = ", ".join(f"{merge.expression(c)} AS {c}" for c in columns)
    mine = ", ".join(f"t.{c}" for c in columns)
    theirs = ", ".join(f"v.{c}" for c in columns)
    return f"""
WITH RECURSIVE {overlay(merge.table, less)},
{ENDS},
merged AS (SELECT m.key, m.old, e.winner FROM removed m JOIN ends e ON e.key = m.key
    WHERE m.rule = '{merge.rule}' AND e.winner IS NOT NULL AND e.winner NOT IN (SELECT key FROM removed)
    AND {was_there(merge.table, "m.key")}),
r AS (
    SELECT m.winner AS chat_winner, b.* FROM merged m
        CROSS JOIN LATERAL jsonb_populate_record(NULL::@{merge.table}, m.old) b
    UNION ALL
    SELECT t.id, b.* FROM @{merge.table} t LEFT JOIN patch p ON p.key = t.id
        CROSS JOIN LATERAL jsonb_populate_record(t.*, coalesce(p.old, '{{}}')) b
    WHERE t.id IN (SELECT winner FROM merged)),
v AS (SELECT r.chat_winner AS winner, {values} FROM r GROUP BY r.chat_winner)
SELECT '{merge.table} ' || t.id || ': not what rule {merge.rule} makes of ' ||
    (SELECT count(*) + 1 FROM merged m WHERE m.winner = t.id) || ' rows'
FROM v JOIN @{merge.table} t ON t.id = v.winner
WHERE ({mine}) IS DISTINCT FROM ({theirs}) AND {was_there(merge.table, "t.id")}
    AND NOT EXISTS (SELECT FROM chat_migration.touched x WHERE x.table_name = '{merge.table}' AND x.key = t.id)
    AND NOT EXISTS (SELECT FROM chat_migration.journal j WHERE j.table_name = '{merge.table}' AND j.winner = t.id
        AND NOT {was_there(merge.table, "j.key")})"""
