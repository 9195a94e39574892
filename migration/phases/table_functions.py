"""What the triggers call, made for the tables as they are here: their columns, their names, their owner.

Every trigger function runs with rights of its own (`DEFINER`): who writes a chat table needs no right on ours.
"""

# SQL is put together from our own constants and from names in quotes: no value from outside reaches it.
# ruff: noqa: S608

import json

from migration.engine.record import Done
from migration.schema.catalog import Catalog, Column
from migration.schema.connection import literal
from migration.schema.rows import DEFINER, TEXT_SETTINGS, bucket, checksum, image, written

# Below every key.
NOTHING = -(2**63)
_GO_ON = "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
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


def original_columns(catalog: Catalog, known: dict[str, Done], table: str) -> dict[str, Column]:
    """Return the columns that a table had before, and that PostgreSQL does not compute itself."""
    added = added_columns(known, table)
    return {
        name: column
        for name, column in catalog.tables[table].items()
        if name not in added and not column.generated
    }


def identity_view(catalog: Catalog) -> str:
    """Return the view of who is who, over the profile tables that are there (advertisers may have moved out)."""
    parts = [
        f"SELECT '{kind}'::text AS profile_type, id AS profile_id, user_id, is_active FROM @{table}"
        for kind, table in PROFILES
        if table in catalog.tables
    ]
    return "CREATE OR REPLACE VIEW chat_migration.identity AS " + "\nUNION ALL ".join(parts)


def owner_function(catalog: Catalog) -> str:
    """Return the function that says whose a profile is: one look into one table, however many profiles there are."""
    cases = "".join(
        f"\n        WHEN '{kind}' THEN SELECT p.user_id INTO person FROM @{table} p WHERE p.id = profile;"
        for kind, table in PROFILES
        if table in catalog.tables
    )
    return f"""
CREATE OR REPLACE FUNCTION chat_migration.owner_of(role text, profile bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $body$
DECLARE
    person bigint;
BEGIN
    CASE lower(btrim(role)){cases}
        ELSE person := NULL;
    END CASE;
    RETURN person;
END $body$"""


TOUCH = """
CREATE OR REPLACE FUNCTION chat_migration.touch_{table}() RETURNS trigger LANGUAGE plpgsql
{settings} AS $body$
DECLARE
    before jsonb;
    seen bigint;
BEGIN
    IF OLD.id > (SELECT m.key FROM chat_migration.mark m WHERE m.table_name = '{table}') OR EXISTS (
        SELECT FROM chat_migration.touched t JOIN chat_migration.sealed s ON s.table_name = t.table_name
            AND s.bucket = {bucket} AND NOT pg_visible_in_snapshot(t.xid, s.snapshot)
        WHERE t.table_name = '{table}' AND t.key = OLD.id) THEN
        {go_on}
    END IF;
    SELECT jsonb_object_agg(x.key, x.value) INTO before FROM (
        SELECT DISTINCT ON (e.key) e.key, e.value FROM chat_migration.journal j, jsonb_each(j.old) e
        WHERE j.table_name = '{table}' AND j.key = OLD.id AND j.action = 'U' AND NOT EXISTS (
            SELECT FROM chat_migration.sealed s WHERE s.table_name = j.table_name AND s.bucket = {journaled}
                AND pg_visible_in_snapshot(j.xid, s.snapshot))
        ORDER BY e.key, j.id) x;
    BEGIN
        IF before IS NULL THEN
            seen := {plain};
        ELSE
            seen := {patched};
        END IF;
    EXCEPTION WHEN undefined_column OR data_exception THEN
        seen := NULL;
    END;
    INSERT INTO chat_migration.touched (table_name, key, hash) VALUES ('{table}', OLD.id, seen);
    {go_on}
END $body$"""


BORN = """
CREATE OR REPLACE FUNCTION chat_migration.born_{table}() RETURNS trigger LANGUAGE plpgsql
{settings} AS $body$
BEGIN
    IF NEW.id <= (SELECT m.key FROM chat_migration.mark m WHERE m.table_name = '{table}')
        AND NOT EXISTS (SELECT FROM @{table} t WHERE t.id = NEW.id) THEN
        INSERT INTO chat_migration.touched (table_name, key, born) VALUES ('{table}', NEW.id, true);
    END IF;
    RETURN NEW;
END $body$"""


def born_function(table: str) -> str:
    """Remember a row that somebody else adds with a key below the mark: it is none of the old ones."""
    return BORN.format(table=table, settings=DEFINER)


def touch_function(table: str, columns: dict[str, Column]) -> str:
    """Remember the checksum of an old row when somebody else first writes it after its bucket was sealed.

    A write never fails here: when a column is gone, what the row was is unknown, and `verify` says so.
    """
    types = written(columns)
    return TOUCH.format(
        table=table,
        settings=f"{DEFINER} {TEXT_SETTINGS}",
        bucket=bucket("t.key"),
        journaled=bucket("j.key"),
        plain=checksum(types, "OLD"),
        patched=checksum(types, "OLD", "before", types),
        go_on=_GO_ON,
    )


def journal_function(table: str, columns: dict[str, Column], added: list[str]) -> str:
    """Keep what a statement of the migration changes. Columns that it added itself go away with it: no journal."""
    less = f" - ARRAY[{', '.join(map(literal, added))}]" if added else ""
    return f"""
CREATE OR REPLACE FUNCTION chat_migration.journal_{table}() RETURNS trigger LANGUAGE plpgsql
{DEFINER} AS $body$
DECLARE
    before jsonb;
    after jsonb := ({image(columns, "NEW")}){less};
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, new)
        VALUES (chat_migration.rule(), chat_migration.phase(), '{table}', 'I', NEW.id, after);
        RETURN NULL;
    END IF;
    before := ({image(columns, "OLD")}){less};
    IF before IS DISTINCT FROM after THEN
        INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, old, new)
        VALUES (chat_migration.rule(), chat_migration.phase(), '{table}', 'U', NEW.id,
            chat_migration.difference(before, after), chat_migration.difference(after, before));
    END IF;
    RETURN NULL;
END $body$"""


def mark(table: str, columns: dict[str, Column]) -> str:
    """Remember which rows are old, where the sequence stands, and which columns there are."""
    kept = json.dumps(written(columns), ensure_ascii=False)
    return (
        "INSERT INTO chat_migration.mark (table_name, key, last_value, columns) "
        f"SELECT '{table}', (SELECT coalesce(max(id), {NOTHING}) FROM @{table}), "
        f"pg_sequence_last_value(pg_get_serial_sequence(format('%I.%I', :'schema', '{table}'), 'id')::regclass), "
        f"{literal(kept)} "
        "ON CONFLICT (table_name) DO UPDATE SET key = EXCLUDED.key, columns = EXCLUDED.columns"
    )
