"""Killed at any moment, the next `up` continues; nothing is done twice, nothing half."""

import asyncio
import os
import random
import signal
import subprocess
import sys

import pytest

from migration.run import down, up, verify
from tests.migration.databases import dump, filled, outcome, value
from tests.support.processes import LONGEST_S, started

WORK = """
import asyncio, sys
from migration.run import down, up
command, dsn = sys.argv[1:]
print("ready", flush=True)
asyncio.run(up(dsn, backup=False, batch_rows=20) if command == "up" else down(dsn))
"""


async def killed_after(seconds, command, dsn):
    """Start a migration in a process of its own and SIGKILL it after so long; say whether it was still at work."""
    command = [sys.executable, "-c", WORK, command, dsn]
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        await asyncio.to_thread(process.stdout.readline)
        try:
            _, errors = await asyncio.to_thread(process.communicate, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)  # it may end by itself in the same moment
            await asyncio.to_thread(process.wait, LONGEST_S)
            return True
    assert process.returncode == 0, errors[-2000:]
    return False


async def released(dsn):
    """Wait until the server has noticed that the killed process is gone."""
    alive = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'ch%'"
    async with asyncio.timeout(30):
        # PostgreSQL tells nobody that a client is gone: it can only be asked.
        while await value(dsn, alive):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def kill_often(make_database, times, seed):
    """Kill up and down at random moments, in any order; compare with an undisturbed run."""
    chance = random.Random(seed)
    calm, _ = await filled(make_database)
    disturbed = make_database(template=calm.rsplit("/", 1)[1])
    before = dump(disturbed)
    await up(calm, backup=False, batch_rows=20)
    kills = 0
    while kills < times:
        command = chance.choice(["up", "up", "down"])
        kills += await killed_after(chance.uniform(0.02, 1.5), command, disturbed)
        await released(disturbed)
    if chance.random() < 0.5:
        await down(disturbed)
        assert dump(disturbed) == before
    await up(disturbed, backup=False, batch_rows=20)
    assert (await verify(disturbed)).differences == []
    assert await outcome(disturbed) == await outcome(calm)
    await down(disturbed)
    assert dump(disturbed) == before


@pytest.mark.parametrize("seed", [1, 2])
async def test_killed_ten_times(make_database, seed):
    await kill_often(make_database, 5, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_killed_two_hundred_times(make_database, seed):
    await kill_often(make_database, int(os.environ.get("KILLS", "200")) // 4, seed)


async def test_a_cut_connection_stops_and_the_next_up_continues(make_database):
    dsn, _ = await filled(make_database)
    from migration.engine.errors import StoppedError
    from migration.engine.progress import Progress

    class Cutting(Progress):
        """Cuts the migration's connection in the middle of the merges."""

        def __init__(self):
            self.cutting = None

        def finished(self, phase, step, rows, seconds):
            if step == "duplicates chat_settings":
                self.cutting = asyncio.ensure_future(
                    value(
                        dsn,
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE application_name = 'chat-gateway migrate'",
                    )
                )

    cutting = Cutting()
    with pytest.raises(StoppedError):
        await up(dsn, backup=False, progress=cutting, batch_rows=1)
    await cutting.cutting
    assert (await up(dsn, backup=False)).done
    assert (await verify(dsn)).differences == []
