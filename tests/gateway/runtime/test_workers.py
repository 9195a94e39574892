"""Several processes on one address."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from gateway.config.model import Admin, Config
from gateway.runtime.workers import worker_config
from tests.gateway.runtime.test_serve import configuration, get, served
from tests.support.gateway import raw_upstream

linux = pytest.mark.skipif(sys.platform != "linux", reason="SO_REUSEPORT and /proc")


@pytest.mark.parametrize(
    ("listen", "number", "own"),
    [
        ("127.0.0.1:9090", 0, "127.0.0.1:9090"),
        ("127.0.0.1:9090", 3, "127.0.0.1:9093"),
        ("[::1]:9090", 1, "[::1]:9091"),
        ("127.0.0.1:0", 5, "127.0.0.1:0"),
    ],
)
def test_each_worker_has_an_admin_address_of_its_own(listen: str, number: int, own: str) -> None:
    made = worker_config(Config(workers=4, admin=Admin(listen=listen)), number)
    assert (made.admin.listen, made.workers) == (own, 1)


@linux
async def test_workers_share_an_address_and_are_replaced_and_end_together(tmp_path: Path) -> None:
    async with (
        raw_upstream() as upstream,
        served(tmp_path / "c.yaml", configuration(upstream.url, "workers: 2")) as process,
    ):
        first, second = [await process.line("serving") for _ in range(2)]
        assert first["url"] == second["url"]
        assert first["admin"] != second["admin"]
        for _ in range(10):
            assert await get(f"{first['url']}/page") == (200, b"ok")
        children = Path(f"/proc/{process.process.pid}/task/{process.process.pid}/children")
        victim = int(children.read_text().split()[-1])
        os.kill(victim, signal.SIGKILL)
        third = await process.line("serving")
        assert third["url"] == first["url"]
        assert await get(f"{first['url']}/page") == (200, b"ok")
        assert await process.end() == 0
        with pytest.raises(OSError, match="Cannot connect"):
            await get(f"{first['url']}/page")


@linux
async def test_workers_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    async with (
        raw_upstream() as upstream,
        served(tmp_path / "c.yaml", configuration(upstream.url, "workers: 2")) as process,
    ):
        at = await process.line("serving")
        await process.line("serving")
        process.process.kill()
        await process.line("draining")
        await process.line("draining")
        assert process.process.stderr is not None
        assert (
            await asyncio.wait_for(process.process.stderr.read(), 60) is not None
        )  # until the last has gone
        with pytest.raises(OSError, match="Cannot connect"):
            await get(f"{at['url']}/page")
