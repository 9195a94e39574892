"""The plan: every statement with its lock, in an order that a linter passes; what it says comes true."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migration.reporting.plan import ROWS, data_steps
from migration.run import plan, up
from tests.migration.databases import SCHEMA, SMALL, filled
from tests.support.processes import LONGEST_S

EXCLUDED = (
    "ban-drop-not-null",
    "ban-drop-constraint",
    "prefer-robust-stmts",
    "prefer-bigint-over-int",
    "prefer-identity",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "ban-char-field",
    "require-concurrent-index-creation",
    "require-statement-timeout",
)


@pytest.fixture(params=["L", "P", "D"])
async def statements(make_database, request):
    return (await plan(make_database(SCHEMA[request.param]))).statements


def test_the_printed_statements_pass_the_linter(statements, tmp_path):
    file = tmp_path / "plan.sql"
    text = "\n".join(s.sql.strip().rstrip(";") + ";" for _, s in statements if s.lock != ROWS)
    file.write_text(text, encoding="utf-8")
    squawk = shutil.which("squawk", path=str(Path(sys.executable).parent)) or "squawk"
    options = [option for rule in EXCLUDED for option in ("--exclude", rule)]
    done = subprocess.run(
        [squawk, "--pg-version", "15.0", "--reporter", "gcc", *options, str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_exclusion_is_justified_in_the_documents():
    documents = Path("docs/migration.md").read_text(encoding="utf-8")
    assert [rule for rule in EXCLUDED if rule not in documents] == []


def test_every_statement_names_its_lock_and_no_index_keeps_writers_out(statements):
    assert all(s.lock for _, s in statements)
    for _, statement in statements:
        if re.match(r"CREATE (UNIQUE )?INDEX", statement.sql) and "CONCURRENTLY" not in statement.sql:
            assert "references" in statement.lock  # Part of a table that is being made.
        if "ADD CONSTRAINT" in statement.sql:
            assert "NOT VALID" in statement.sql
        if "CONCURRENTLY" in statement.sql:
            assert statement.alone


def test_ddl_and_backfill_are_never_in_one_step():
    words = re.compile(r"\b(ALTER|CREATE|DROP|TRUNCATE)\b")
    assert [batch.name for batch in data_steps() for sql in batch.statements if words.search(sql)] == []


async def test_after_up_only_contract_is_left(make_database):
    dsn, _ = await filled(make_database, "L", SMALL)
    await up(dsn, backup=False)
    left = (await plan(dsn)).statements
    assert {phase for phase, _ in left} == {"session", "contract"}
