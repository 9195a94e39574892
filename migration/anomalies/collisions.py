# SQL is put together from our own constants and from names in quotes: no value from outside reaches it.
# ruff: noqa: S608
"""Who corrects a key looks who is there: two rows that become one when a wrong person is corrected (D32).

A row under (user 2, student 5), where student 5 belongs to user 1, becomes (user 1, student 5); when there is such a
row already, the two are merged by the rule of their table, and the one that was wrong goes into the journal.
"""

from migration.anomalies.absorb import absorb_body
from migration.anomalies.batches import Batch, settled
from migration.anomalies.identities import Identity, of_table
from migration.anomalies.merges import MERGES, Merge
from migration.schema.catalog import Catalog
from migration.schema.connection import identifier


def keys(catalog: Catalog, table: str) -> list[tuple[str, ...]]:
    """Return the columns of every unique key of a table that names a person."""
    named = {c for i in of_table(table) for c in i.columns}
    found = [x.columns for x in catalog.indexes if x.table == table and x.unique and x.valid]
    return [columns for columns in dict.fromkeys(found) if named & set(columns) and "" not in columns]


def collisions(catalog: Catalog) -> dict[str, Batch]:
    """Return the steps that come before an identity is corrected, by the name of the correcting step."""
    made = {}
    for merge in MERGES:
        there = keys(catalog, merge.table)
        for i in of_table(merge.table) if there else ():
            batch = Batch(f"collisions {i.table}.{i.user}", merge.rule, i.table, _statements(merge, i, there))
            made[f"identity {i.table}.{i.user}"] = batch
    return made


def _pairs(i: Identity, there: list[tuple[str, ...]]) -> str:
    """Return the CTEs that end in `pairs` (loser, winner): the winner is the row that is there, else the first one."""
    found = "\n    UNION ALL ".join(_of_key(i, key) for key in there)
    return f"""
WITH c AS MATERIALIZED (SELECT s.* FROM ({settled(i)}) s JOIN @{i.table} x ON x.id = s.id
    WHERE (x.{i.user}, x.{i.type}, x.{i.id}) IS DISTINCT FROM (s.person, s.role, s.profile)),
pairs AS MATERIALIZED (SELECT loser, min(winner) AS winner FROM (
    {found}) p WHERE winner <> loser GROUP BY loser)"""


def _of_key(i: Identity, key: tuple[str, ...]) -> str:
    becomes = {i.user: "c.person", i.type: "c.role", i.id: "c.profile"}
    values = [becomes.get(column, f"x.{identifier(column)}") for column in key]
    same = " AND ".join(f"o.{identifier(k)} = {v}" for k, v in zip(key, values, strict=True))
    given = " AND ".join(f"{v} IS NOT NULL" for v in values)
    return f"""SELECT c.id AS loser, coalesce(o.id, first_value(c.id) OVER (PARTITION BY {", ".join(values)}
        ORDER BY c.id)) AS winner
    FROM c JOIN @{i.table} x ON x.id = c.id LEFT JOIN @{i.table} o ON {same} AND o.id NOT IN (SELECT id FROM c)
    WHERE {given}"""


def _statements(merge: Merge, i: Identity, there: list[tuple[str, ...]]) -> tuple[str, ...]:
    pairs = _pairs(i, there)
    bury = f"""{pairs}
SELECT chat_migration.bury('{merge.table}', '{merge.rule}', array_agg(loser::bigint), array_agg(winner::bigint))
FROM pairs HAVING count(*) > 0"""
    if not merge.columns:
        return (bury,)
    columns = ", ".join(merge.columns)
    mine = ", ".join(f"t.{c}" for c in merge.columns)
    theirs = ", ".join(f"v.{c}" for c in merge.columns)
    values = f"""{pairs}
UPDATE @{merge.table} t SET ({columns}) = ROW({theirs})
FROM (SELECT g.winner, {merge.merged()}
    FROM (SELECT winner, loser AS id FROM pairs UNION SELECT winner, winner FROM pairs) g
    JOIN @{merge.table} r ON r.id = g.id GROUP BY g.winner) v
WHERE t.id = v.winner AND ({mine}) IS DISTINCT FROM ({theirs})"""
    return (values, bury)


def collide_function(merge: Merge, there: list[tuple[str, ...]]) -> str:
    """Return the trigger function for a live write whose person was corrected: it becomes one with the row there."""
    same = " OR ".join(
        "(" + " AND ".join(f"t.{identifier(c)} = NEW.{identifier(c)}" for c in key) + ")" for key in there
    )
    return f"""
CREATE OR REPLACE FUNCTION chat_migration.collide_{merge.table}() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    there @{merge.table};
    loser @{merge.table};
BEGIN
    IF chat_migration.rule() <> '' OR current_setting('chat_migration.corrected', true) IS DISTINCT FROM 'true' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO there FROM @{merge.table} t WHERE ({same}) AND t.id <> NEW.id ORDER BY t.id LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
{absorb_body(merge, "backfill")}
    RETURN NEW;
END $body$"""
