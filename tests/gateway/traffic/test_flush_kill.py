"""Killed at a random moment under load: at most ten seconds of counts are lost, and none is doubled."""

import os
import random
import subprocess
import sys
from collections.abc import Callable

import asyncpg
import pytest

from gateway.rollout import store
from tests.support.processes import started

PROVE = os.environ.get("PROVE") == "1"
#: How often it is killed, and after how many seconds at most: longer than counts may wait where it is proven.
KILLS, LONGEST = (20, 15.0) if PROVE else (3, 3.0)
LOST_S = 10
_KEPT = "SELECT sum(requests) FROM chat_rollout.ledger WHERE client = $1"


@pytest.fixture
async def dsn(make_database: Callable[..., str]) -> str:
    dsn = make_database()
    connection = await asyncpg.connect(dsn)
    await store.init(connection)
    await connection.close()
    return dsn


async def test_counts_survive_their_process(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for kill in range(KILLS):
        noted = run_and_kill(dsn, f"client {kill}", random.uniform(0.5, LONGEST))
        kept = await connection.fetchval(_KEPT, f"client {kill}")
        end = noted[-1][1]
        certain = sum(at < end - LOST_S for _, at in noted)
        assert certain <= (kept or 0) <= len(noted) + 1, "nothing older is lost, nothing is doubled"
        assert kept, "the first sighting was written at once"
    await connection.close()


def run_and_kill(dsn: str, client: str, seconds: float) -> list[tuple[int, float]]:
    """What the process had noted when it was killed, each with its time."""
    command = [sys.executable, "-m", "tests.gateway.traffic.ledger_process", dsn, client]
    with started(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        noted: list[tuple[int, float]] = []
        for line in process.stdout:
            number, at = line.split()
            noted.append((int(number), float(at)))
            if noted[-1][1] - noted[0][1] > seconds:
                process.kill()
                break
        for line in process.stdout:
            if line.endswith("\n"):
                number, at = line.split()
                noted.append((int(number), float(at)))
    return noted
