"""Phase 1, expand: everything new is nullable; triggers keep both halves of a row filled from now on."""

# SQL is put together from our own constants only: no value from outside reaches it.

from typing import NamedTuple

from migration.anomalies.collisions import collide_function, keys
from migration.anomalies.identities import ADDED_TO, JOURNALED, of_table
from migration.anomalies.merges import MERGES
from migration.engine.record import Done
from migration.engine.steps import Ddl, Script, Step
from migration.phases.evict import EVICT
from migration.phases.function_rights import OWN, rights
from migration.phases.table_functions import (
    PROFILES,
    added_columns,
    born_function,
    identity_view,
    journal_function,
    mark,
    original_columns,
    owner_function,
    touch_function,
)
from migration.schema.catalog import Catalog
from migration.schema.connection import identifier
from migration.schema.rows import image_function
from migration.schema.statements import SHARED, Statement
from migration.schema.target import EXPAND, script


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
        f"CREATE OR REPLACE TRIGGER {name} {when} ON @{table} FOR EACH {each}{only} "
        f"EXECUTE FUNCTION chat_migration.{function}({arguments})"
    )
    return Statement(sql, SHARED)


# Whose write is it? Asked with what everybody may call: a condition is evaluated with the rights of who writes.
RULE = "coalesce(current_setting('chat_migration.rule', true), '')"
OURS = f"{RULE} <> ''"
FORWARDS = f"{RULE} NOT IN ('', 'down')"
THEIRS = f"{RULE} = ''"
# What a trigger of others changes because of a statement of ours: it does so on the way back, too.
FOLLOWS = "pg_trigger_depth() > 0"
BY_THEM = f"{THEIRS} OR {FOLLOWS}"
BY_US = f"{FORWARDS} AND NOT {FOLLOWS}"
PARKED = "current_setting('chat_migration.parked', true) = 'yes'"


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


# Triggers run in the order of their names' bytes: after those of others, whatever they are called.
LAST = '"~chat_{}"'
WRITES = "INSERT OR UPDATE OR DELETE"


def _paths(table: str) -> list[Statement]:
    """The application's search path for its own triggers, and ours again after them."""
    return [
        trigger("chat_00_path", table, f"BEFORE {WRITES}", "their_path", each="STATEMENT"),
        trigger(LAST.format("path"), table, f"AFTER {WRITES}", "our_path", each="STATEMENT"),
    ]


def _collision(catalog: Catalog, table: str) -> list[Statement]:
    """What a live write becomes whose person was corrected, where a key could refuse it."""
    merge = next((m for m in MERGES if m.table == table), None)
    if merge is None:
        return []
    columns = ", ".join(f"'{c}'" for c in merge.key)
    unpark = trigger("chat_95_unpark", table, "AFTER INSERT", "unpark", PARKED, columns, each="STATEMENT")
    there = keys(catalog, table)
    identity = ", ".join(c for i in of_table(table) for c in i.columns)
    if not there:
        return [unpark]
    return [
        unpark,
        Statement(collide_function(merge, there), "none"),
        trigger(
            "chat_14_collide", table, f"BEFORE INSERT OR UPDATE OF {identity}", f"collide_{table}", THEIRS
        ),
    ]


def table_triggers(catalog: Catalog, known: dict[str, Done], table: str) -> Script:
    """Return one step: all triggers of one table, and the mark: which rows are old."""
    made: list[Statement] = []
    identities = of_table(table)
    added, original = added_columns(known, table), original_columns(catalog, known, table)
    made += _paths(table)
    made.append(Statement(image_function(table, catalog.tables[table]), "none"))
    if identities:
        arguments = ", ".join(f"'{i.argument}'" for i in identities)
        columns = ", ".join(c for i in identities for c in i.columns)
        made += [
            Statement(touch_function(table, original), "none"),
            Statement(born_function(table), "none"),
            trigger("chat_01_born", table, "BEFORE INSERT", f"born_{table}", THEIRS),
            trigger("chat_10_fill", table, "BEFORE INSERT", "fill", THEIRS, arguments),
            trigger("chat_11_fill", table, f"BEFORE UPDATE OF {columns}", "fill", THEIRS, arguments),
            trigger("chat_01_touched", table, "BEFORE UPDATE OR DELETE", f"touch_{table}", BY_THEM),
        ]
    made += _collision(catalog, table)
    made += [trigger(b.name, table, b.when, b.function, each=b.each) for b in BRIDGES if b.table == table]
    if "updated_at" in catalog.tables[table]:
        made.append(trigger(LAST.format("keep_time"), table, "BEFORE UPDATE", "keep_time", OURS))
    if f"table {table}" not in known:
        when = "AFTER INSERT OR UPDATE" if table in ADDED_TO else "AFTER UPDATE"
        made.append(Statement(journal_function(table, catalog.tables[table], added), "none"))
        made.append(trigger("chat_91_journal", table, when, f"journal_{table}", BY_US))
    made.append(Statement(mark(table, original), "none"))
    made.append(Statement(OWN, "none"))
    return Script(f"triggers {table}", tuple(made), tuple(undo_triggers(table, made)))


def undo_triggers(table: str, made: list[Statement]) -> list[str]:
    """Return the statements that drop these triggers again."""
    names = [s.sql.split()[4] for s in made if s.sql.startswith("CREATE OR REPLACE TRIGGER")]
    return [f"DROP TRIGGER IF EXISTS {name} ON @{table}" for name in names]


def directory(catalog: Catalog) -> Script:
    """Return the step that lets the gateways' directories hear of changes."""
    # The file is for an administrator, too, and names no schema.
    text = f"SET LOCAL search_path TO {identifier(catalog.schema)};\n" + script("directory_notify.sql")
    undo = [
        f"DROP TRIGGER IF EXISTS chat_directory_{event} ON @{table}"
        for _, table in (("user", "users"), *PROFILES)
        if table in catalog.tables
        for event in ("insert", "update", "delete", "truncate")
        if (table, f"chat_directory_{event}") not in catalog.triggers
    ]
    if undo:
        undo.append("DROP FUNCTION IF EXISTS @chat_directory_changed()")
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
    functions = tuple(Statement(text, "none") for text in (*texts, *rights(catalog), OWN))
    return [
        Script("bridge functions", functions),
        *(table_triggers(catalog, known, table) for table in tables),
        directory(catalog),
    ]
