"""Ten thousand hostile bodies and frames while fifty clients chat: the clients hardly notice, and memory returns.

Takes minutes and a machine that does nothing else, so it is one of the long proofs.
"""

import asyncio
import json
import os
import random
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import pytest

from tests.support.whole import STORY
from tests.system.hostile import MAKERS, bodies

HOSTILE = 10_000
CLIENTS = 50
QUIET_S = 20.0
LONGEST_S = 1800
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def test_there_are_hostile_bodies_of_every_kind() -> None:
    made = bodies(1, 200)
    assert len(set(made)) > 20
    assert len(MAKERS) == 8
    assert max(map(len, made)) > 150_000


class Chat:
    """Fifty clients, each with a thought between two requests; ``took`` are seconds."""

    def __init__(self, session: aiohttp.ClientSession, stage: dict[str, Any]) -> None:
        self._session = session
        self._url = stage["gateway"]
        self._people = stage["people"]
        self.took: list[float] = []
        self.failed: list[int] = []

    async def run(self, until: asyncio.Event) -> None:
        await asyncio.gather(*(self._client(number, until) for number in range(CLIENTS)))

    async def _client(self, number: int, until: asyncio.Event) -> None:
        # Not the first person: that one is the hostile one.
        person, chance = self._people[1 + number % (len(self._people) - 1)], random.Random(number)
        headers = {"Authorization": f"Bearer {person['token']}"}
        while not until.is_set():
            began = perf_counter()
            url = f"{self._url}/api/chat/conversations?limit=20&user_id={person['user_id']}"
            async with self._session.get(url, headers=headers) as answer:
                await answer.read()
            self.took.append(perf_counter() - began)
            if answer.status != 200:
                self.failed.append(answer.status)
            await asyncio.sleep(chance.uniform(0.1, 0.5))

    def p99_ms(self) -> float:
        assert self.failed == []
        return 1000 * statistics.quantiles(self.took, n=100)[98]


async def command(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.system.hostile",
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


def memory_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20


async def measured(session: aiohttp.ClientSession, stage: dict[str, Any], wait: Any) -> float:
    chat, until = Chat(session, stage), asyncio.Event()
    chatting = asyncio.create_task(chat.run(until))
    try:
        await wait
    finally:
        until.set()
        await chatting
    return chat.p99_ms()


async def attacked(stage: dict[str, Any], count: int) -> dict[str, int]:
    sender = await command("send", stage["gateway"], stage["people"][0]["token"], str(count), "1")
    out, _ = await asyncio.wait_for(sender.communicate(), LONGEST_S)
    answers: dict[str, int] = json.loads(out)
    return answers


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads memory from /proc")
async def test_fifty_clients_hardly_notice(make_database: Callable[..., str]) -> None:
    system = await command("stage", make_database(STORY))
    assert system.stdout is not None
    assert system.stdin is not None
    try:
        stage = json.loads(await asyncio.wait_for(system.stdout.readline(), 120))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await attacked(stage, 400)  # whatever is made once, is made
            quiet = await measured(session, stage, asyncio.sleep(QUIET_S))
            before = memory_mib(stage["pid"])
            answers: dict[str, int] = {}

            async def attack() -> None:
                answers.update(await attacked(stage, HOSTILE))

            hostile = await measured(session, stage, attack())
            after = memory_mib(stage["pid"])
    finally:
        system.stdin.close()
        await asyncio.wait_for(system.wait(), 60)
    print(
        f"p99 {quiet:.1f} ms, under attack {hostile:.1f} ms; {before:.0f} MiB, then {after:.0f} MiB; {answers}"
    )
    assert answers.pop("frames") == HOSTILE // 2
    assert not {status for status in answers if not status.startswith("4")} - {"200"}
    assert hostile < 2 * quiet
    assert after < before + 32
