"""How often each trap is in a database: what `plan` and the report say. Reads only."""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from dataclasses import dataclass

from migration.anomalies.finding import Trap
from migration.anomalies.rules import TRAPS
from migration.phases.table_functions import PROFILES
from migration.schema.catalog import Catalog
from migration.schema.connection import NAME, Connection


@dataclass(frozen=True)
class Conflict:
    """What `plan` found of one class."""

    name: str
    count: int
    examples: list[str]


def identity_cte(catalog: Catalog) -> str:
    """Return the text of `WITH identity AS (…)` for a database without our view."""
    parts = [
        f"SELECT '{kind}'::text AS profile_type, id AS profile_id, user_id, is_active FROM @{table}"
        for kind, table in PROFILES
        if table in catalog.tables
    ]
    return "WITH identity AS MATERIALIZED (" + " UNION ALL ".join(parts) + ") "


def applicable(trap: Trap, catalog: Catalog) -> bool:
    """Say whether the tables and columns of a trap's query are there."""
    for name in trap.tables:
        table, _, column = name.partition(".")
        if table not in catalog.tables or (column and catalog.column(table, column) is None):
            return False
    return bool(_parts(trap, catalog))


def _parts(trap: Trap, catalog: Catalog) -> list[str]:
    """Return the queries of a trap whose tables are all there: it may be looked for in many, and some are optional."""
    parts = trap.find.split(" UNION ALL ") if trap.find else []
    return [part for part in parts if set(NAME.findall(part)) <= catalog.tables.keys()]


# D16 on messages: both people take part in the conversation, so that nobody can know which of them wrote it.
UNDECIDED = """
SELECT 'message ' || t.id || ' of conversation ' || t.conversation_id || ': by user ' || t.sender_user_id
    || ', as ' || t.sender_profile_type || ' ' || t.sender_profile_id || ', which is of user ' || o.user_id
FROM @chat_messages t JOIN identity o ON o.profile_type = lower(btrim(t.sender_profile_type))
    AND o.profile_id = t.sender_profile_id
WHERE o.user_id <> t.sender_user_id AND t.sender_profile_id <> t.sender_user_id
    AND (SELECT count(DISTINCT p.user_id) FROM @conversation_participants p
        WHERE p.conversation_id = t.conversation_id AND p.user_id IN (t.sender_user_id, o.user_id)) = 2
ORDER BY t.id"""


async def undecided(connection: Connection, catalog: Catalog) -> list[str]:
    """List the messages that D16 leaves as they are, each of them, for a person to look at. Reads only."""
    return [row[0] for row in await connection.fetch(f"{identity_cte(catalog)} {UNDECIDED}")]


async def conflicts(connection: Connection, catalog: Catalog) -> list[Conflict]:
    """Find every class of data that needs a rule: count and up to five examples. Reads only."""
    found = []
    for trap in TRAPS:
        if not applicable(trap, catalog):
            continue
        cases = " UNION ALL ".join(_parts(trap, catalog))
        query = (
            f"{identity_cte(catalog)} SELECT count(*) AS n, (array_agg(example ORDER BY example))[1:5] AS some "
            f"FROM ({cases}) AS cases (example)"
        )
        row = await connection.fetchrow(query)
        if row is not None and row["n"]:
            found.append(Conflict(trap.name, row["n"], list(row["some"])))
    return found
