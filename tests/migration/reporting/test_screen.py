"""The first screen of `plan`: what a person wants to know before anything else."""

import pytest

from migration.reporting.outlook import Outlook, TableSize
from migration.reporting.result import Result
from migration.reporting.screen import megabytes, screen, script, span
from migration.run import plan
from migration.schema.statements import STRONG, Statement
from tests.migration.databases import SMALL, dump, filled

TABLES = [TableSize("chat_messages", 1_234_567, 45_000_000), TableSize("polls", 0, 8192)]
OUTLOOK = Outlook("18.1", 2_500_000_000, TABLES, {"expand": 1.0, "backfill": 140.0}, 60_000_000)


def result(**more):
    return Result("plan", "L", "none", False, outlook=OUTLOOK, **more)


@pytest.mark.parametrize(
    "part",
    [
        "a@b, PostgreSQL 18.1, 2.5 GB",
        "state L (legacy: profile-based, untouched), phase none",
        "Blocks    nothing",
        "Rows      chat_messages                  1,234,567     45.0 MB",
        "Takes     about 2 min while everybody goes on writing (expand 1 s, backfill 2 min)",
        "Disk      about 60.0 MB more in the database",
        "1 × ACCESS EXCLUSIVE: nobody reads or writes the table: a moment each",
        "Nothing was changed.",
    ],
)
def test_what_is_on_the_screen(part):
    assert part in screen(result(statements=[("expand", Statement("ALTER TABLE a", STRONG))]), "a@b")


def test_what_blocks_is_said_first_and_last():
    text = screen(result(blocks=["this is a replica"]), "a@b")
    assert "Blocks    1 thing, see below" in text
    assert "BLOCKED: this is a replica" in text.splitlines()[-2]


def test_empty_tables_are_left_out():
    assert "polls" not in screen(result(), "a@b")


async def test_a_real_database_fits_on_a_screen_and_is_not_changed(make_database):
    dsn, known = await filled(make_database, "L", SMALL)
    before = dump(dsn)
    found = await plan(dsn)
    text = screen(found, "here")
    assert len(text.splitlines()) < 75
    assert all(f"{number:,} × {name}, " in text for name, number in known.items())
    assert dump(dsn) == before


def test_the_script_is_sql_with_comments():
    text = script([("expand", Statement("SELECT 1;", "none"))], "here")
    assert (
        text.splitlines() == ["-- here", "-- expand; lock: none", "SELECT 1;", ""][: len(text.splitlines())]
    )


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "0 s"), (99, "99 s"), (100, "2 min"), (5999, "100 min"), (7200, "2.0 h")]
)
def test_spans(seconds, said):
    assert span(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0.1 MB"), (1_500_000, "1.5 MB"), (2_000_000_000, "2.0 GB")]
)
def test_sizes(number, said):
    assert megabytes(number) == said
