# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608
"""What a live write becomes that would be a second row of one person: the body of the triggers that absorb it."""

from migration.anomalies.merges import Merge

ABSORB = """
CREATE OR REPLACE FUNCTION chat_migration.absorb_{table}() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    there @{table};
    loser @{table};
BEGIN
    IF chat_migration.rule() <> '' OR NOT ({given}) OR (TG_OP = 'UPDATE' AND {unchanged}) THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended({scope}, 5));
    IF current_setting('chat_migration.writer', true) = 'modern' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO there FROM @{table} t WHERE {same} AND t.id <> NEW.id ORDER BY t.id LIMIT 1 FOR UPDATE;
    IF NOT FOUND OR ({ordinary}) THEN
        RETURN NEW;
    END IF;
{body}
    RETURN NEW;
END $body$;
"""


def absorb_function(merge: Merge) -> str:
    """Return the trigger function that turns a legacy write of a second row into what the rule says.

    The row that is there and the new one become one under the rule; the write itself succeeds and returns a row. A
    write that names the same profile as the row that is there is an ordinary one and passes, as does one by user id.
    The lock is for two such writes at once; it names one person in one place, so nobody waits for a stranger.
    """
    return ABSORB.format(
        table=merge.table,
        same=" AND ".join(f"t.{c} = NEW.{c}" for c in merge.key),
        ordinary=" AND ".join(f"there.{c} IS NOT DISTINCT FROM NEW.{c}" for c in merge.pair),
        scope=" || ':' || ".join(["'" + merge.table + "'", *(f"NEW.{c}" for c in merge.key)]),
        unchanged=" AND ".join(f"OLD.{c} IS NOT DISTINCT FROM NEW.{c}" for c in merge.key),
        given=" AND ".join(f"NEW.{c} IS NOT NULL" for c in merge.key),
        body=absorb_body(merge, "merge"),
    )


def absorb_body(merge: Merge, phase: str) -> str:
    """Return what a trigger does when the row `there` and NEW are one: `phase` is the one that takes it back."""
    return _newest_stays(merge, phase) if merge.newest_stays else _first_stays(merge, phase)


def _replaced(merge: Merge) -> str:
    """Return what removes the row that is there; what refers to it refers to the new or changed one afterwards."""
    return f"""
    IF TG_OP = 'UPDATE' THEN
        PERFORM chat_migration.move('{merge.table}', ARRAY[there.id::bigint], ARRAY[NEW.id::bigint]);
    ELSE
        PERFORM chat_migration.park('{merge.table}', there.id, NEW.id, chat_migration.image_{merge.table}(there));
    END IF;
    DELETE FROM @{merge.table} WHERE id = there.id;"""


def _ours(merge: Merge, sql: str) -> str:
    """Return statements that are no person's write: the journal has what they change."""
    return f"""
    PERFORM set_config('chat_migration.rule', '{merge.rule}', true);{sql}
    PERFORM set_config('chat_migration.rule', '', true);"""


def _newest_stays(merge: Merge, phase: str) -> str:
    if not merge.journal_live:
        return _replaced(merge)
    return f"""    INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, winner, old)
    VALUES ('{merge.rule}', '{phase}', '{merge.table}', 'D', there.id, NEW.id,
        chat_migration.image_{merge.table}(there));{_ours(merge, _replaced(merge))}"""


FIRST_STAYS = """
    loser := NEW;
    SELECT {merged} INTO {into}
    FROM (SELECT (there).* UNION ALL SELECT (loser).*) r;
    IF TG_OP = 'UPDATE' THEN
        -- Whoever changes a row keeps it.
        INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, winner, old)
        VALUES ('{rule}', '{phase}', '{table}', 'D', there.id, NEW.id, chat_migration.image_{table}(there));
    ELSE
        NEW.id := there.id;{pairs}
        INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, winner, old)
        VALUES ('{rule}', '{phase}', '{table}', 'D', loser.id, there.id, chat_migration.image_{table}(loser));
        INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, old, new)
        SELECT '{rule}', '{phase}', '{table}', 'U', there.id, chat_migration.difference(a, b),
            chat_migration.difference(b, a)
        FROM (SELECT chat_migration.image_{table}(there) AS a, chat_migration.image_{table}(NEW) AS b) x
        WHERE a <> b;
    END IF;{replaced}"""


def _first_stays(merge: Merge, phase: str) -> str:
    return FIRST_STAYS.format(
        merged=merge.merged(),
        into=", ".join(f"NEW.{c}" for c in merge.columns),
        pairs="".join(f"\n        NEW.{c} := there.{c};" for c in merge.pair),
        rule=merge.rule,
        phase=phase,
        table=merge.table,
        replaced=_ours(merge, _replaced(merge)),
    )
