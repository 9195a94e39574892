import asyncio
import os
import signal
import subprocess
import sys

import pytest
from aiohttp import ClientSession

from backend.serve import running
from tests.backend.conftest import ABEL, KEY, SECRET, token
from tests.support.processes import LONGEST_S, ran, started


async def test_running(dsn):
    async with running(dsn, SECRET, encryption_keys=KEY) as url, ClientSession() as session:
        headers = {"Authorization": f"Bearer {token(ABEL)}"}
        async with session.get(f"{url}/api/chat/conversations", headers=headers) as answer:
            assert [entry["id"] for entry in await answer.json()] == [15, 13, 12, 11]


COMMAND = [sys.executable, "-m", "backend.serve", "--listen", "127.0.0.1:0", "--dsn"]
#: As `nohup` does it.
IGNORING = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]


async def is_up(url):
    async with ClientSession() as session, session.get(f"{url}/health") as answer:
        return answer.status == 200


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda told: told.name)
@pytest.mark.usefixtures("hang_up_as_usual")
async def test_the_command_runs_until_told(dsn, told):
    environment = {**os.environ, "SECRET_KEY": SECRET}
    with started([*COMMAND, dsn], env=environment, stdout=subprocess.PIPE) as process:
        url = (await asyncio.to_thread(process.stdout.readline)).strip()
        assert await is_up(url)
        process.send_signal(told)
        assert await asyncio.to_thread(process.wait, LONGEST_S) == 0


async def test_a_hang_up_that_was_ignored_before_stays_ignored(dsn):
    environment = {**os.environ, "SECRET_KEY": SECRET}
    with started([*IGNORING, *COMMAND, dsn], env=environment, stdout=subprocess.PIPE) as process:
        url = (await asyncio.to_thread(process.stdout.readline)).strip()
        process.send_signal(signal.SIGHUP)
        assert await is_up(url)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, LONGEST_S) == 0


def test_called_wrongly_is_2():
    environment = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    assert ran([sys.executable, "-m", "backend.serve", "--dsn", "x"], env=environment).returncode == 2
