"""`chat-gateway serve` as a process of its own. There is no database here: it starts all the same, and says so."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.runtime.serve import loop_factory
from tests.support.gateway import raw_upstream

SECRET = "0123456789abcdef-0123456789abcdef-x"


unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without asking them")


@dataclass
class Served:
    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]]

    async def line(self, message: str) -> dict[str, Any]:
        """Read the log until this message."""
        assert self.process.stderr is not None
        while True:
            text = await asyncio.wait_for(self.process.stderr.readline(), 60)
            assert text, self.lines
            self.lines.append(json.loads(text))
            if self.lines[-1].get("message") == message:
                return self.lines[-1]

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 60)


def configuration(url: str, more: str = "") -> str:
    return f"""
        listen: 127.0.0.1:0
        admin: {{listen: "127.0.0.1:0"}}
        upstream: {{url: "{url}"}}
        auth: {{secret: "{SECRET}"}}
        directory: {{sources: [{{dsn: "postgresql://u:p@127.0.0.1:1/none"}}]}}
        {more}
    """


@asynccontextmanager
async def served(file: Path, text: str) -> AsyncIterator[Served]:
    file.write_text(text)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "serve", "--config", str(file), stderr=asyncio.subprocess.PIPE
    )
    try:
        yield Served(process, [])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def get(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.read()


@unix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.usefixtures("hang_up_as_usual")
async def test_it_serves_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    async with (
        raw_upstream() as upstream,
        served(tmp_path / "c.yaml", configuration(upstream.url)) as process,
    ):
        at = await process.line("serving")
        assert await get(f"{at['url']}/page") == (200, b"ok")
        status, text = await get(f"{at['admin']}/readyz")
        assert (status, json.loads(text)["reasons"]) == (503, {"directory": "no database"})
        assert await process.end(number) == 0


@unix
async def test_a_service_manager_hears_when_it_is_ready_and_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(name))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(60)
        manager.bind(str(name))
        async with (
            raw_upstream() as upstream,
            served(tmp_path / "c.yaml", configuration(upstream.url)) as process,
        ):
            await process.line("serving")
            assert await asyncio.to_thread(manager.recv, 100) == b"READY=1"
            assert await process.end() == 0
            assert await asyncio.to_thread(manager.recv, 100) == b"STOPPING=1"


async def test_a_taken_address_is_refused_in_one_line(tmp_path: Path) -> None:
    async with raw_upstream() as upstream:
        text = configuration(upstream.url).replace("127.0.0.1:0", f"127.0.0.1:{upstream.port}", 1)
        async with served(tmp_path / "c.yaml", text) as process:
            assert await asyncio.wait_for(process.process.wait(), 60) == 2


@unix
async def test_a_hangup_that_was_ignored_when_it_began_stays_so(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        async with (
            raw_upstream() as upstream,
            served(tmp_path / "c.yaml", configuration(upstream.url)) as process,
        ):
            at = await process.line("serving")
            process.process.send_signal(signal.SIGHUP)
            assert await get(f"{at['url']}/page") == (200, b"ok")
            assert await process.end() == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@unix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.usefixtures("hang_up_as_usual")
async def test_requests_under_way_survive_the_signal(tmp_path: Path, number: signal.Signals) -> None:
    go_on = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")

    async with (
        raw_upstream() as upstream,
        served(tmp_path / "c.yaml", configuration(upstream.url)) as process,
    ):
        upstream.default = slow
        at = await process.line("serving")
        asked = [asyncio.create_task(get(f"{at['url']}/page")) for _ in range(20)]
        while len(upstream.asked) < len(asked):  # noqa: ASYNC110 - twenty events
            await asyncio.sleep(0.01)
        process.process.send_signal(number)
        await process.line("draining")
        go_on.set()
        assert await asyncio.gather(*asked) == [(200, b"late")] * len(asked)
        assert await asyncio.wait_for(process.process.wait(), 60) == 0


def test_the_loop_is_uvloops_where_there_is_one() -> None:
    loop = loop_factory()()
    try:
        assert type(loop).__module__.startswith("uvloop") == (sys.platform != "win32")
    finally:
        loop.close()
