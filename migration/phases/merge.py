"""Phase 3, merge: rows that say the same about one person become one; every loser is kept in the journal."""

from migration.anomalies.absorb import absorb_function
from migration.anomalies.identities import of_table
from migration.anomalies.merge_batches import merges
from migration.anomalies.merges import MERGES
from migration.engine.steps import BatchStep, Script, Step
from migration.phases.expand import trigger, undo_triggers
from migration.phases.function_rights import OWN
from migration.schema.catalog import Catalog
from migration.schema.statements import Statement


def guards(catalog: Catalog) -> list[Step]:
    """Return the triggers that keep new duplicates from coming while the old ones are merged, and afterwards."""
    made: list[Step] = []
    for merge in MERGES:
        if merge.table not in catalog.tables:
            continue
        columns = dict.fromkeys((*merge.key, *(c for i in of_table(merge.table) for c in i.columns)))
        event = f"BEFORE INSERT OR UPDATE OF {', '.join(columns)}"
        statements = [Statement(absorb_function(merge), "none")]
        if merge.table == "blocked_chat_contacts":
            statements.append(trigger("chat_15_self", merge.table, "BEFORE INSERT", "no_self_block"))
        statements.append(trigger("chat_20_absorb", merge.table, event, f"absorb_{merge.table}"))
        statements.append(Statement(OWN, "none"))
        undo = [
            *undo_triggers(merge.table, statements),
            f"DROP FUNCTION IF EXISTS chat_migration.absorb_{merge.table}()",
        ]
        made.append(Script(f"guard {merge.table}", tuple(statements), tuple(undo)))
    blank = [trigger("chat_40_blank", "chat_messages", "BEFORE UPDATE OF is_deleted", "blank")]
    made.append(Script("guard deleted content", tuple(blank), tuple(undo_triggers("chat_messages", blank))))
    return made


def steps(catalog: Catalog) -> list[Step]:
    """Return the guards first, then the merges."""
    return [*guards(catalog), *(BatchStep(batch) for batch in merges() if batch.table in catalog.tables)]
