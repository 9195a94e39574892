"""What a hostile client sends, and the processes of `test_hostile`: the system, and the one who sends.

usage: python -m tests.system.hostile stage DSN       the whole system; prints its description, ends with its input
       python -m tests.system.hostile send URL TOKEN COUNT SEED
"""

import asyncio
import contextlib
import json
import os
import random
import secrets
import sys
from collections.abc import Callable

import aiohttp

from demo.stage import staged
from gateway.runtime.serve import settle

MAKERS: dict[str, Callable[[random.Random, int], str]] = {}


def maker(make: Callable[[random.Random, int], str]) -> Callable[[random.Random, int], str]:
    """A way to be hostile with about so many bytes."""
    MAKERS[make.__name__] = make
    return make


@maker
def wide(_: random.Random, size: int) -> str:
    return "{" + ",".join(f'"k{number}":0' for number in range(size // 9)) + "}"


@maker
def twice(_: random.Random, size: int) -> str:
    return "{" + ",".join(f'"k{number}":0' for number in range(size // 9)) + ',"k0":1}'


@maker
def deep(chance: random.Random, size: int) -> str:
    return chance.choice(['{"a":', "[", '[{"a":']) * (size // 6)


@maker
def long(chance: random.Random, size: int) -> str:
    return json.dumps({"conversation_id": 11, "content": chance.choice(["x", "é", "\n", ", "]) * (size // 6)})


@maker
def repeated(_: random.Random, size: int) -> str:
    people = [{"profile_id": number, "profile_type": "tutor"} for number in range(size // 45)]
    return json.dumps({"type": "group", "name": "x", "participants": people})


@maker
def numbers(_: random.Random, size: int) -> str:
    return '{"conversation_id":' + "9" * size + "}"


@maker
def brackets(chance: random.Random, size: int) -> str:
    return '{"participants":[' + chance.choice(["[],", "{},", '"",', "0,"]) * (size // 4)


@maker
def noise(chance: random.Random, size: int) -> str:
    return "".join(chance.choices('{}[]",:\\u0019etrue ', k=min(size, 20_000)))


def bodies(seed: int, count: int) -> list[str]:
    """So many, of all kinds and sizes; a third is as large as a frame may be."""
    chance = random.Random(seed)
    sizes = (50, 2_000, 30_000, 200_000, 250_000)
    kinds = list(MAKERS.values())
    return [chance.choice(kinds)(chance, chance.choice(sizes)) for _ in range(count)]


def told(kind: str, body: str) -> str:
    """The body as a frame with a type, where it can have one."""
    return '{"type":"ice_candidate","to_user_id":2,"x":' + body + "}" if kind == "frame" else body


async def send(url: str, token: str, count: int, seed: int) -> dict[str, int]:
    """Send half of them as bodies and half as frames; the answers by status."""
    answers: dict[str, int] = {}
    made = bodies(seed, 200)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session:
        frames = asyncio.create_task(_send_frames(session, url, token, made, count // 2))
        for number in range(count - count // 2):
            path = ("/api/chat/messages", "/api/chat/conversations", "/api/chat/groups")[number % 3]
            body = made[number % len(made)].encode()
            async with session.post(url + path, data=body) as answer:
                await answer.read()
                answers[str(answer.status)] = answers.get(str(answer.status), 0) + 1
        answers["frames"] = await frames
    return answers


async def _send_frames(
    session: aiohttp.ClientSession, url: str, token: str, made: list[str], count: int
) -> int:
    """A socket that is closed is opened again."""
    sent = 0
    while sent < count:
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            async with session.ws_connect(f"{url}/ws/1?token={token}") as socket:
                reading = asyncio.create_task(_read(socket))
                while sent < count and not socket.closed:
                    await socket.send_str(told("frame", made[sent % len(made)])[:262_144])
                    sent += 1
                    await asyncio.sleep(0.005)
                reading.cancel()
    return sent


async def _read(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


async def stage(dsn: str) -> None:
    """Until our input ends."""
    async with staged(dsn, secrets.token_urlsafe(48), observe=False) as running:
        settle()  # as the gateway does when it serves
        print(json.dumps({**running.described(), "pid": os.getpid()}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    if sys.argv[1] == "stage":
        asyncio.run(stage(sys.argv[2]))
    else:
        print(json.dumps(asyncio.run(send(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))))
