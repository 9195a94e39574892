"""Objects of the target shape: what gives way to them comes back as it was."""

import pytest

from migration.engine.session import connect
from migration.schema.catalog import read_catalog
from migration.schema.connection import qualified
from migration.schema.target import STATUS
from tests.migration.databases import LEGACY, connected

WORDS = ("initiated", "ringing", "answered", "ended")
ONCE = "CHECK (status IN (" + ", ".join(f"'{w}'" for w in WORDS) + "))"
FROM_A_DUMP = (
    "CHECK (((status)::text = ANY (ARRAY[" + ", ".join(f"('{w}'::varchar)::text" for w in WORDS) + "])))"
)
SHOWN = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'check_call_status'"


@pytest.mark.parametrize(
    "definition", [ONCE, FROM_A_DUMP, ONCE + " NOT VALID", "CHECK (length(status) < 12)"]
)
async def test_a_check_comes_back_in_the_form_that_it_had(make_database, definition):
    dsn = make_database(LEGACY)
    async with connected(dsn) as c:
        await c.execute(
            "ALTER TABLE call_logs DROP CONSTRAINT check_call_status, "
            f"ADD CONSTRAINT check_call_status {definition}"
        )
        before = await c.fetchval(SHOWN)
        async with connect(dsn) as session:
            catalog = await read_catalog(session.connection)
        for sql in (*(s.sql for s in STATUS.create(catalog)), *STATUS.revert(catalog)):
            await c.execute(qualified(sql, "public"))
        assert await c.fetchval(SHOWN) == before
