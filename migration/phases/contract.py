"""Phase 5, contract, on demand only: the old shape is switched off, so nothing fills it any more.

No column goes and no row: profile columns stay as they are, nullable. What goes is what costs or hinders the
user-based writers: the triggers that fill and absorb, and the votes' key that lacks a profile type (D13). What comes is
a refusal: a late legacy write that names a profile and leaves the person to the triggers would be half a row. `down`
brings the triggers back and fills what was written in between.
"""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from migration.anomalies.identities import JOURNALED, Identity, of_table
from migration.anomalies.merges import MERGES
from migration.engine.steps import Script, Step
from migration.phases.down import AGAIN
from migration.phases.expand import trigger, undo_triggers
from migration.phases.function_rights import OWN
from migration.schema.catalog import Catalog
from migration.schema.statements import SHARED, STRONG, Statement

VOTES_KEY = "poll_votes_poll_id_option_id_profile_id_key"
AT_ONCE = 5000
FILLING = ("chat_10_fill", "chat_11_fill")
REFUSE = """
CREATE OR REPLACE FUNCTION chat_migration.refuse_profile() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION 'the profile-based shape is switched off: this row of % names a profile and no person',
        TG_TABLE_NAME USING ERRCODE = 'feature_not_supported';
END $body$"""


def steps(catalog: Catalog) -> list[Step]:
    """Return one step a table, and the votes' key."""
    made: list[Step] = [Script("refusal function", (Statement(REFUSE, "none"), Statement(OWN, "none")))]
    absorbed = {merge.table for merge in MERGES}
    for table in JOURNALED:
        names = [*FILLING, "chat_14_collide", "chat_20_absorb"] if table in absorbed else [*FILLING]
        there = [n for n in names if (table, n) in catalog.triggers]
        if there:
            made.append(_switched_off(catalog, table, there))
    if catalog.constraint("poll_votes", VOTES_KEY):
        spare = (
            "UPDATE @poll_votes v SET profile_id = NULL WHERE EXISTS (SELECT FROM @poll_votes o "
            "WHERE o.poll_id = v.poll_id AND o.option_id = v.option_id AND o.profile_id = v.profile_id AND o.id < v.id)"
        )
        back = f"ALTER TABLE @poll_votes ADD CONSTRAINT {VOTES_KEY} UNIQUE (poll_id, option_id, profile_id)"
        drop = Statement(f"ALTER TABLE @poll_votes DROP CONSTRAINT {VOTES_KEY}", STRONG)
        made.append(Script("votes key", (drop,), (spare, back)))
    return made


def _switched_off(catalog: Catalog, table: str, triggers: list[str]) -> Script:
    """Return the step of one table: in one transaction, so that no write meets neither the filling nor the refusal."""
    drops = [Statement(f"ALTER TABLE @{table} DISABLE TRIGGER {name}", SHARED) for name in triggers]
    refusals = [s for i in of_table(table) if _may_be_empty(catalog, i) for s in _refusal(i)]
    undo = [
        *(f"ALTER TABLE @{table} ENABLE TRIGGER {name}" for name in triggers),
        *undo_triggers(table, refusals),
        *(_filled(i) for i in of_table(table)),
    ]
    return Script(f"bridge off {table}", (*drops, *refusals), tuple(undo))


def _may_be_empty(catalog: Catalog, i: Identity) -> bool:
    column = catalog.column(i.table, i.user)
    return column is not None and not column.not_null


def _refusal(i: Identity) -> list[Statement]:
    """An old vote whose person is deleted keeps its profile: only who writes the profile is refused."""
    named = f"NEW.{i.id} IS NOT NULL AND NEW.{i.type} IS DISTINCT FROM 'system'"
    moved = f"(NEW.{i.type}, NEW.{i.id}) IS DISTINCT FROM (OLD.{i.type}, OLD.{i.id})"
    name, same = f"chat_13_off_{i.user}", f"NEW.{i.user} IS NOT DISTINCT FROM OLD.{i.user}"
    when = f"BEFORE UPDATE OF {i.type}, {i.id}"
    conditions = (f"{named} AND NEW.{i.user} IS NULL", f"{named} AND {moved} AND {same}")
    return [
        trigger(name, i.table, "BEFORE INSERT", "refuse_profile", conditions[0]),
        trigger(f"{name}_too", i.table, when, "refuse_profile", conditions[1]),
    ]


def _filled(i: Identity) -> str:
    """Give the rows of in between the profile as which their person is named, some thousand at a time."""
    one = spare = ""
    if i.table == "poll_votes":
        # The old key has no profile type: the vote of tutor 5 beside that of student 5 stays without.
        same = "v.poll_id = c.poll_id AND v.option_id = c.option_id AND v.profile_id = n.profile"
        one = "DISTINCT ON (c.poll_id, c.option_id, n.profile) "
        spare = f" AND NOT EXISTS (SELECT FROM @poll_votes v WHERE {same})"
    return f"""{AGAIN}UPDATE @{i.table} t SET ({i.type}, {i.id}) = (w.role, w.profile)
FROM (SELECT {one}c.id, n.* FROM @{i.table} c CROSS JOIN LATERAL chat_migration.name_of(c.{i.user}) n
    WHERE c.{i.user} IN (SELECT user_id FROM chat_migration.identity) AND c.{i.id} IS NULL
        AND c.{i.type} IS DISTINCT FROM 'system'{spare} LIMIT {AT_ONCE}) w
WHERE t.id = w.id"""
