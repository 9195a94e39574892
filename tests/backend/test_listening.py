"""An address and an end: what both services share."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from aiohttp import ClientSession, web

from backend.listening import host_and_port, listening, url_of
from tests.backend.conftest import SECRET
from tests.support.processes import LONGEST_S, started


@pytest.mark.parametrize(
    ("listen", "parts"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        (":0", ("127.0.0.1", 0)),
        ("[::1]:80", ("::1", 80)),
        ("localhost:1", ("localhost", 1)),
    ],
)
def test_host_and_port(listen, parts):
    assert host_and_port(listen) == parts


async def test_its_address_can_be_asked():
    async with (
        listening(web.Application(), "127.0.0.1", 0) as url,
        ClientSession() as session,
        session.get(url) as answer,
    ):
        assert answer.status == 404


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")])
def test_url_of(host, url):
    assert url_of(host, 80) == url


@pytest.mark.usefixtures("hang_up_as_usual")
@pytest.mark.parametrize("module", ["backend.serve", "backend.legacy.serve"])
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda told: told.name)
async def test_the_command_ends_in_order(dsn, module, told):
    command = [sys.executable, "-m", module, "--listen", "127.0.0.1:0", "--dsn", dsn]
    environment = {**os.environ, "SECRET_KEY": SECRET}
    with started(command, env=environment, stdout=subprocess.PIPE) as process:
        url = (await asyncio.to_thread(process.stdout.readline)).strip()
        assert url.startswith("http://127.0.0.1:")
        process.send_signal(told)
        assert await asyncio.to_thread(process.wait, LONGEST_S) == 0
