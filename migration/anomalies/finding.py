"""How a trap is found: queries over a database in any state, one text a case.

They may use the CTE `identity` (profile_type, profile_id, user_id, is_active).
"""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from dataclasses import dataclass

from migration.anomalies.identities import CREATOR, IDENTITIES, Identity
from migration.anomalies.merges import MERGES, Merge


@dataclass(frozen=True)
class Trap:
    """One class of data that a naive migration destroys."""

    name: str
    title: str
    rule: str
    reason: str
    find: str = ""
    tables: tuple[str, ...] = ()


def merge_of(rule: str) -> Merge:
    """Return the merge that a rule decides."""
    return next(m for m in MERGES if m.rule == rule)


def groups(rule: str, having: str = "") -> str:
    """Cases of one merge: groups of rows with the same key."""
    m = merge_of(rule)
    names = " || ', ' || ".join(f"'{c} ' || t.{c}" for c in m.key)
    key = ", ".join(f"t.{c}" for c in m.key)
    there = f"FROM @{m.table} t WHERE t.{m.key[-1]} IS NOT NULL"
    return f"SELECT {names} {there} GROUP BY {key} HAVING count(*) > 1{having}"


def rows(i: Identity, where: str) -> str:
    """Cases of one identity that meet a condition; `o` is the profile's owner."""
    u, role, profile = i.columns
    person = f"t.{u}" if i != CREATOR else "NULL::integer"
    where = where.format(user=person, type=f"t.{role}", id=f"t.{profile}")
    return (
        f"SELECT '{i.table} ' || t.id || ': ' || t.{role} || ' ' || t.{profile} FROM @{i.table} t LEFT JOIN identity o "
        f"ON o.profile_type = lower(btrim(t.{role})) AND o.profile_id = t.{profile} "
        f"WHERE t.{profile} IS NOT NULL AND {where}"
    )


# The columns of these two come with the migration; before it only the profile is there.
NEW = ("pinned_by_user_id", "forwarded_from_user_id", "created_by_user_id")
OLD_IDENTITIES = tuple(i for i in IDENTITIES if i.user not in NEW or i.table == "polls")


def everywhere(where: str, only: tuple[Identity, ...] = OLD_IDENTITIES) -> str:
    """Cases of several identities."""
    return " UNION ALL ".join(rows(i, where) for i in only)


MISMATCH = "o.user_id <> {user} AND {id} <> {user}"
DIRECT = "JOIN @conversation_participants p ON p.conversation_id = c.id WHERE c.type = 'direct'"
