import asyncio
import os
import signal
import subprocess
import sys

from aiohttp import ClientSession

from backend.serve import running
from tests.backend.conftest import ABEL, KEY, SECRET, token
from tests.support.processes import LONGEST_S, ran, started


async def test_running(dsn):
    async with running(dsn, SECRET, encryption_keys=KEY) as url, ClientSession() as session:
        headers = {"Authorization": f"Bearer {token(ABEL)}"}
        async with session.get(f"{url}/api/chat/conversations", headers=headers) as answer:
            assert [entry["id"] for entry in await answer.json()] == [15, 13, 12, 11]


async def test_the_command_runs_until_told(dsn):
    command = [sys.executable, "-m", "backend.serve", "--dsn", dsn, "--listen", "127.0.0.1:0"]
    with started(command, env={**os.environ, "SECRET_KEY": SECRET}, stdout=subprocess.PIPE) as process:
        url = (await asyncio.to_thread(process.stdout.readline)).strip()
        async with ClientSession() as session, session.get(f"{url}/health") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, LONGEST_S) == 0


def test_called_wrongly_is_2():
    environment = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    assert ran([sys.executable, "-m", "backend.serve", "--dsn", "x"], env=environment).returncode == 2
