"""Phase 1, expand: everything new is nullable; triggers keep both halves of a row filled from now on."""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from typing import NamedTuple

from migration.anomalies.identities import ADDED_TO, JOURNALED, of_table
from migration.engine.record import Done
from migration.engine.steps import Ddl, Script, Step
from migration.phases.evict import EVICT
from migration.schema.catalog import Catalog
from migration.schema.statements import SHARED, Statement
from migration.schema.target import EXPAND, script

PROFILES = (
    ("student", "student_profiles"),
    ("tutor", "tutor_profiles"),
    ("parent", "parent_profiles"),
    ("advertiser", "advertiser_profiles"),
)


def added_columns(known: dict[str, Done], table: str) -> list[str]:
    """Return the columns of a table that this migration added itself."""
    start = f"column {table}."
    return [name.removeprefix(start) for name in known if name.startswith(start)]


def original_columns(catalog: Catalog, known: dict[str, Done], table: str) -> list[str]:
    """Return the columns that a table had before."""
    return [c for c in catalog.tables[table] if c not in added_columns(known, table)]


def identity_view(catalog: Catalog) -> str:
    """Return the view of who is who, over the profile tables that are there (advertisers may have moved out)."""
    parts = [
        f"SELECT '{kind}'::text AS profile_type, id AS profile_id, user_id, is_active FROM {table}"
        for kind, table in PROFILES
        if table in catalog.tables
    ]
    return "CREATE OR REPLACE VIEW chat_migration.identity AS " + "\nUNION ALL ".join(parts)


def owner_function(catalog: Catalog) -> str:
    """Return the function that says whose a profile is: one look into one table, however many profiles there are."""
    cases = "".join(
        f"\n        WHEN '{kind}' THEN SELECT p.user_id INTO person FROM {table} p WHERE p.id = profile;"
        for kind, table in PROFILES
        if table in catalog.tables
    )
    return f"""
CREATE OR REPLACE FUNCTION chat_migration.owner_of(role text, profile integer) RETURNS integer
LANGUAGE plpgsql STABLE AS $body$
DECLARE
    person integer;
BEGIN
    CASE lower(btrim(role)){cases}
        ELSE person := NULL;
    END CASE;
    RETURN person;
END $body$"""


def _touch_function(table: str, columns: list[str]) -> str:
    """Remember the checksum of an old row when somebody else first writes it after its bucket was sealed."""
    row = ", ".join(f"o.{c}" for c in columns)
    return f"""
CREATE OR REPLACE FUNCTION chat_migration.touch_{table}() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    o {table} := OLD;
    goes_on {table} := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    patch jsonb;
BEGIN
    IF OLD.id > (SELECT m.key FROM chat_migration.mark m WHERE m.table_name = '{table}') OR EXISTS (
        SELECT FROM chat_migration.touched t JOIN chat_migration.sealed s
            ON s.table_name = t.table_name AND s.bucket = t.key / 1000 AND NOT pg_visible_in_snapshot(t.xid, s.snapshot)
        WHERE t.table_name = '{table}' AND t.key = OLD.id) THEN
        RETURN goes_on;
    END IF;
    SELECT jsonb_object_agg(x.key, x.value) INTO patch FROM (
        SELECT DISTINCT ON (e.key) e.key, e.value FROM chat_migration.journal j, jsonb_each(j.old) e
        WHERE j.table_name = '{table}' AND j.key = OLD.id AND j.action = 'U' ORDER BY e.key, j.id) x;
    IF patch IS NOT NULL THEN
        o := jsonb_populate_record(o, patch);
    END IF;
    INSERT INTO chat_migration.touched (table_name, key, hash)
    VALUES ('{table}', OLD.id, hash_record_extended(ROW({row}), 0));
    RETURN goes_on;
END $body$"""


def trigger(
    name: str,
    table: str,
    when: str,
    function: str,
    condition: str = "",
    arguments: str = "",
    *,
    each: str = "ROW",
) -> Statement:
    """Return the statement that makes a trigger of ours, for each row or statement."""
    only = f" WHEN ({condition})" if condition else ""
    sql = (
        f"CREATE OR REPLACE TRIGGER {name} {when} ON {table} FOR EACH {each}{only} "
        f"EXECUTE FUNCTION chat_migration.{function}({arguments})"
    )
    return Statement(sql, SHARED)


OURS = "chat_migration.rule() <> ''"
FORWARDS = "chat_migration.rule() NOT IN ('', 'down')"
THEIRS = "chat_migration.rule() = ''"


class Bridge(NamedTuple):
    """A trigger of one table that tells the other half of the database, or waits before it does."""

    table: str
    name: str
    when: str
    function: str
    each: str = "ROW"


BRIDGES = (
    Bridge("call_logs", "chat_12_people", "BEFORE INSERT OR UPDATE OF participants", "fill_call"),
    # Before a statement locks any row: what would otherwise meet in the opposite order.
    Bridge("chat_messages", "chat_02_pins", "BEFORE UPDATE OF is_pinned", "one_pin_at_a_time", "STATEMENT"),
    Bridge(
        "pinned_messages",
        "chat_02_pins",
        "BEFORE INSERT OR UPDATE OR DELETE",
        "one_pin_at_a_time",
        "STATEMENT",
    ),
    Bridge("chat_messages", "chat_50_pin", "AFTER INSERT OR UPDATE OF is_pinned", "pin_from_message"),
    Bridge("pinned_messages", "chat_50_pin", "AFTER INSERT OR DELETE", "pin_to_message"),
    Bridge(
        "chat_settings",
        "chat_50_two_step",
        "AFTER INSERT OR UPDATE OF two_step_verification, two_step_email, two_step_password_hash",
        "two_step_from_settings",
    ),
    Bridge(
        "chat_two_step_verification",
        "chat_50_two_step",
        "AFTER INSERT OR UPDATE OR DELETE",
        "two_step_to_settings",
    ),
    Bridge("blocked_chat_contacts", "chat_50_unblock", "AFTER UPDATE OF is_active", "unblock"),
    Bridge("conversations", "chat_50_archive", "AFTER UPDATE OF is_archived", "archive"),
    Bridge("chat_active_sessions", "chat_12_activity", "BEFORE INSERT OR UPDATE", "session_activity"),
    Bridge("poll_votes", "chat_12_spare", "BEFORE INSERT", "spare_vote"),
    Bridge("message_reactions", "chat_12_one", "BEFORE UPDATE OF reaction", "one_reaction"),
)


def table_triggers(catalog: Catalog, known: dict[str, Done], table: str) -> Script:
    """Return one step: all triggers of one table, and the mark: which rows are old."""
    made: list[Statement] = []
    identities = of_table(table)
    added = added_columns(known, table)
    if identities:
        arguments = ", ".join(f"'{i.argument}'" for i in identities)
        columns = ", ".join(c for i in identities for c in i.columns)
        made += [
            Statement(_touch_function(table, original_columns(catalog, known, table)), "none"),
            trigger("chat_10_fill", table, "BEFORE INSERT", "fill", THEIRS, arguments),
            trigger("chat_11_fill", table, f"BEFORE UPDATE OF {columns}", "fill", THEIRS, arguments),
            trigger("chat_01_touched", table, "BEFORE UPDATE OR DELETE", f"touch_{table}", THEIRS),
        ]
    made += [trigger(b.name, table, b.when, b.function, each=b.each) for b in BRIDGES if b.table == table]
    if "updated_at" in catalog.tables[table]:
        made.append(trigger("zz_chat_keep_time", table, "BEFORE UPDATE", "keep_time", OURS))
    if f"table {table}" not in known:
        when = "AFTER INSERT OR UPDATE" if table in ADDED_TO else "AFTER UPDATE"
        made.append(
            trigger("chat_91_journal", table, when, "write_journal", FORWARDS, f"'{{{','.join(added)}}}'")
        )
    made.append(
        Statement(
            "INSERT INTO chat_migration.mark (table_name, key, last_value) "
            f"SELECT '{table}', (SELECT coalesce(max(id), 0) FROM {table}), "
            f"pg_sequence_last_value(pg_get_serial_sequence('{table}', 'id')::regclass) "
            "ON CONFLICT (table_name) DO UPDATE SET key = EXCLUDED.key",
            "none",
        )
    )
    return Script(f"triggers {table}", tuple(made), tuple(undo_triggers(table, made)))


def undo_triggers(table: str, made: list[Statement]) -> list[str]:
    """Return the statements that drop these triggers again."""
    names = [s.sql.split()[4] for s in made if s.sql.startswith("CREATE OR REPLACE TRIGGER")]
    return [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name in names]


def directory(catalog: Catalog) -> Script:
    """Return the step that lets the gateways' directories hear of changes."""
    text = script("directory_notify.sql")
    undo = [
        f"DROP TRIGGER IF EXISTS chat_directory_{event} ON {table}"
        for _, table in (("user", "users"), *PROFILES)
        if table in catalog.tables
        for event in ("insert", "update", "delete", "truncate")
        if (table, f"chat_directory_{event}") not in catalog.triggers
    ]
    if undo:
        undo += [
            "DROP FUNCTION IF EXISTS chat_directory_changed()",
            "DROP FUNCTION IF EXISTS chat_directory_facts(jsonb)",
            "DROP FUNCTION IF EXISTS chat_directory_send(integer[], text[])",
        ]
    return Script(
        "directory triggers",
        (Statement(text, SHARED + " on users and the profile tables", several=True),),
        tuple(undo),
    )


def objects(catalog: Catalog) -> list[Step]:
    """Return the steps that add tables and columns; they come before the triggers that name them."""
    del catalog
    return [Ddl(item, EVICT.get(item.label, ())) for item in EXPAND]


def bridges(catalog: Catalog, known: dict[str, Done]) -> list[Step]:
    """Return the steps that add the triggers, for a database that has the new columns."""
    tables = [t for t in (*JOURNALED, *ADDED_TO) if t in catalog.tables]
    texts = (identity_view(catalog), owner_function(catalog), script("bridge.sql"))
    functions = tuple(Statement(text, "none") for text in texts)
    return [
        Script("bridge functions", functions),
        *(table_triggers(catalog, known, table) for table in tables),
        directory(catalog),
    ]
