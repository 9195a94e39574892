"""What a migration will cost: so many times a probe for each row, a little for each step, indexes."""

from migration.reporting.outlook import TIMES_THE_CATALOG, TIMES_THE_PROBE, TableSize, estimated, grown, locks
from migration.run import plan, up
from migration.schema.statements import SHARED, STRONG, WEAK, Statement
from tests.migration.databases import SMALL, filled, value

STATEMENTS = [
    ("session", Statement("SET lock_timeout = '2s'", "none")),
    ("expand", Statement("ALTER TABLE chat_messages", STRONG)),
    ("backfill", Statement("UPDATE chat_messages", "ROW EXCLUSIVE; rows of one batch")),
    ("constrain", Statement("CREATE INDEX CONCURRENTLY i ON chat_messages (id)", WEAK, alone=True)),
    ("contract", Statement("ALTER TABLE polls", SHARED)),
]


def test_seconds_are_the_rows_and_the_steps_of_what_is_left_to_do():
    seconds = estimated(STATEMENTS, 100.0, 2.0)
    assert set(seconds) == {"expand", "backfill", "constrain"}
    assert seconds["expand"] == 2 * TIMES_THE_CATALOG["expand"]
    assert seconds["backfill"] == 100 * TIMES_THE_PROBE["backfill"] + 2 * TIMES_THE_CATALOG["backfill"]


def test_disk_is_indexes_and_the_journal():
    size = [TableSize("chat_messages", 1000, 1)]
    assert grown(size, STATEMENTS, 0) > 0
    assert grown(size, STATEMENTS, 10) - grown(size, STATEMENTS, 0) == 10 * (grown(size, [], 1))


def test_locks_are_counted_the_strongest_first():
    assert list(locks(STATEMENTS).items()) == [
        ("ACCESS EXCLUSIVE", 1),
        ("SHARE ROW EXCLUSIVE", 1),
        ("SHARE UPDATE EXCLUSIVE", 1),
        ("ROW EXCLUSIVE", 1),
    ]


async def test_rows_are_counted_and_a_finished_migration_takes_no_time(make_database):
    dsn, _ = await filled(make_database, "P", SMALL)
    outlook = (await plan(dsn)).outlook
    rows = {t.name: t.rows for t in outlook.tables}
    assert rows["chat_messages"] == await value(dsn, "SELECT count(*) FROM chat_messages")
    assert outlook.total_s > 0
    await up(dsn, backup=False)
    assert (await plan(dsn)).outlook.seconds == {}
