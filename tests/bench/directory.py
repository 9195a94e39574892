"""Measure what the directory remembers: ``python -m tests.bench.directory [PEOPLE ...]``.

One line a size: bytes of memory a cached profile (resident, one profile a person), the time of a look-up from memory,
and how long forgetting everybody and a full collection hold up the event loop. Each size has a process of its own;
times are the processor's, so that a busy machine does not count.
"""

import argparse
import asyncio
import gc
import random
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from contracts.model.profile import Profile
from gateway.directory.directory import Directory
from gateway.directory.source import Source

SIZES = (10_000, 100_000, 1_000_000)
TYPE = "student"
#: People share first names: a country has some thousands of them.
NAMES = 5_000
BATCH = 1_000
LOOKED_UP = 20_000
HEADING = "|   people | bytes a profile | look-up, us | page of ten, us | flush, ms | full collection, ms |"


class Crowd(Source):
    """A source of as many people as are asked for: user n is student n. Nothing is shared, as in a real answer."""

    def __init__(self) -> None:
        super().__init__("postgresql://localhost/crowd", [TYPE], with_users=True)

    async def read(self, profiles: Collection[Profile], users: Collection[int]) -> list[Any]:
        """The rows of these people."""
        return [_row(number) for number in {*users, *(profile.id for profile in profiles)}]


def _row(number: int) -> dict[str, Any]:
    name, father = number % NAMES, number // NAMES % NAMES
    return {
        "user_id": number,
        "first_name": f"Firstname{name}",
        "father_name": f"Fathername{father}",
        "last_name": None,
        "profile_picture": f"/uploads/pictures/user-{number}.jpg",
        "email": f"firstname{name}.{number}@example.test",
        "is_active": True,
        "is_suspended": False,
        "account_status": "active",
        "type": TYPE + "",
        "profile_id": number + 0,
        "username": f"firstname{name}_{number}",
        "role_active": True,
    }


async def measure(people: int) -> str:
    """One line of the table."""
    await (await _filled(BATCH)).close()
    gc.collect()
    gc.freeze()
    before = _resident()
    directory = await _filled(people)
    collection = max(_timed(gc.collect) for _ in range(3))
    each = (_resident() - before) / people
    chosen = random.Random(1).choices(range(1, people + 1), k=LOOKED_UP)
    one = _timed(lambda: _peek_each(directory, chosen)) / LOOKED_UP
    page = _timed(lambda: _peek_pages(directory, chosen)) / (LOOKED_UP / 10)
    flush = _timed(directory.flush)
    return (
        f"| {people:>8} | {each:>15.0f} | {one * 1e6:>11.2f} | {page * 1e6:>15.2f} "
        f"| {flush * 1e3:>9.2f} | {collection * 1e3:>19.1f} |"
    )


async def _filled(people: int) -> Directory:
    directory = Directory([Crowd()], size=people, listen=False)
    for first in range(1, people + 1, BATCH):
        await directory.find((), range(first, min(first + BATCH, people + 1)))
    return directory


def _peek_each(directory: Directory, chosen: Sequence[int]) -> None:
    for number in chosen:
        directory.peek((Profile(TYPE, number),), (number,))


def _peek_pages(directory: Directory, chosen: Sequence[int]) -> None:
    for first in range(0, len(chosen), 10):
        directory.peek((), chosen[first : first + 10])


def _timed(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096


async def main(sizes: Sequence[int]) -> None:
    """Print the table."""
    print(HEADING, flush=True)
    for size in sizes:
        child = await asyncio.create_subprocess_exec(sys.executable, "-m", __spec__.name, "--one", str(size))
        await asyncio.wait_for(child.wait(), 600)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.directory", description=__doc__)
    parser.add_argument("people", nargs="*", type=int, default=SIZES)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(asyncio.run(measure(arguments.one)), flush=True)
    else:
        asyncio.run(main(arguments.people))
