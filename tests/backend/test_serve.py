import asyncio
import os
import signal
import sys

from aiohttp import ClientSession

from backend.serve import running
from tests.backend.conftest import ABEL, KEY, SECRET, token


async def test_running(dsn):
    async with running(dsn, SECRET, encryption_keys=KEY) as url, ClientSession() as session:
        headers = {"Authorization": f"Bearer {token(ABEL)}"}
        async with session.get(f"{url}/api/chat/conversations", headers=headers) as answer:
            assert [entry["id"] for entry in await answer.json()] == [15, 13, 12, 11]


async def test_the_command_runs_until_told(dsn):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "backend.serve", "--dsn", dsn, "--listen", "127.0.0.1:0"),
        env={**os.environ, "SECRET_KEY": SECRET},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    url = (await process.stdout.readline()).decode().strip()
    async with ClientSession() as session, session.get(f"{url}/health") as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def test_called_wrongly_is_2():
    environment = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.serve", "--dsn", "x", env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert await process.wait() == 2
