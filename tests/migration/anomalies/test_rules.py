"""Every trap has a rule, a reason, a place in the documents, and a case in the generated databases."""

from pathlib import Path

import pytest

from migration.anomalies.rules import TRAPS
from tests.migration.databases import SMALL, filled

NO_TRACE = {"D5", "D31"}
ONLY_D = {"D21"}
IN_STRANGE_DATABASES = {"D32"}  # tests/migration/test_strangers_collisions.py


def test_every_trap_is_there_once_and_decided():
    assert [trap.name for trap in TRAPS] == [f"D{n}" for n in range(1, 33)]
    assert all(trap.title and trap.rule and trap.reason for trap in TRAPS)
    assert {trap.name for trap in TRAPS if not trap.find} == NO_TRACE


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_the_documents_say_the_same(trap):
    line = f"| {trap.name} | {trap.title} | {trap.rule} | {trap.reason} |"
    assert line in Path("docs/migration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("state", ["L", "P", "D"])
async def test_the_generator_plants_every_trap(make_database, state):
    _, known = await filled(make_database, state, SMALL)
    wanted = (
        {trap.name for trap in TRAPS} - NO_TRACE - IN_STRANGE_DATABASES - (ONLY_D if state != "D" else set())
    )
    assert wanted - set(known) == set()
