"""Phase 5, contract, on demand only: the old shape is switched off, so nothing fills it any more.

No column goes and no row: profile columns stay as they are, nullable. What goes is what costs or hinders the
user-based writers: the triggers that fill and absorb, and the votes' key that lacks a profile type (D13). `down` brings
them back and fills what was written in between.
"""

from migration.catalog import Catalog
from migration.identities import JOURNALED
from migration.merges import MERGES
from migration.objects import SHARED, STRONG, Statement
from migration.steps import Script, Step

VOTES_KEY = "poll_votes_poll_id_option_id_profile_id_key"
FILLING = ("chat_10_fill", "chat_11_fill")


def steps(catalog: Catalog) -> list[Step]:
    """Return one step a table, and the votes' key."""
    made: list[Step] = []
    absorbed = {merge.table for merge in MERGES}
    for table in JOURNALED:
        names = [*FILLING, "chat_20_absorb"] if table in absorbed else [*FILLING]
        there = [n for n in names if (table, n) in catalog.triggers]
        drops = tuple(Statement(f"ALTER TABLE {table} DISABLE TRIGGER {name}", SHARED) for name in there)
        undo = tuple(f"ALTER TABLE {table} ENABLE TRIGGER {name}" for name in there)
        if drops:
            made.append(Script(f"bridge off {table}", drops, undo))
    if catalog.constraint("poll_votes", VOTES_KEY):
        spare = (
            "UPDATE poll_votes v SET profile_id = NULL WHERE EXISTS (SELECT FROM poll_votes o "
            "WHERE o.poll_id = v.poll_id AND o.option_id = v.option_id AND o.profile_id = v.profile_id AND o.id < v.id)"
        )
        back = f"ALTER TABLE poll_votes ADD CONSTRAINT {VOTES_KEY} UNIQUE (poll_id, option_id, profile_id)"
        drop = Statement(f"ALTER TABLE poll_votes DROP CONSTRAINT {VOTES_KEY}", STRONG)
        made.append(Script("votes key", (drop,), (spare, back)))
    return made
