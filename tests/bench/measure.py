"""Rounds of slices: every server in each round, in random order; ratios within a round, medians over rounds."""

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tests.bench.compare import Different, faults_of
from tests.bench.load import fetch, load
from tests.bench.peers import GATEWAY, PEERS
from tests.bench.processes import Process
from tests.bench.workloads import Workload, requests

#: How peers are compared: so many of the requests, spread over all of them, so many times.
_COMPARED: Final = 16
_COMPARED_TURNS: Final = 3
_LARGE: Final = 1_000_000
_RESET: Final = b"GET /reset HTTP/1.1\r\nHost: bench\r\n\r\n"


class Measured(NamedTuple):
    """One slice: answers a second, microseconds of processor time each, waits at the median and at 99 %."""

    requests_per_s: float
    cpu_us: float
    p50_us: float
    p99_us: float


class Plan(NamedTuple):
    """How much is measured: people, connections, rounds, and seconds a slice."""

    people: int
    connections: int
    rounds: int
    seconds: float


@dataclass
class Field:
    """The servers that take part, and where the upstream is."""

    upstream: int
    servers: Mapping[str, Process]
    say: Callable[[str], None]
    disqualified: dict[str, str] = field(default_factory=dict)


async def measure(workload: Workload, plan: Plan, servers: Field) -> dict[str, Any]:
    """One workload, as the line of ``--json`` has it."""
    asks = {translates: requests(workload, plan.people, legacy=translates) for translates in (True, False)}
    faults = await compare(workload, asks, servers)
    connections = workload.connections or plan.connections
    found: dict[str, list[Measured]] = {name: [] for name in faults}

    async def one_slice(name: str, seconds: float) -> Measured:
        asked = asks[PEERS[name].translates]
        return await _slice(workload, asked, servers.servers[name], connections, seconds)

    for name in faults:  # caches, connections and compilers warm up
        await one_slice(name, plan.seconds / 2)
    for _ in range(plan.rounds):
        for name in random.sample(list(found), len(found)):
            try:
                found[name].append(await one_slice(name, plan.seconds))
            except RuntimeError as error:
                if name == GATEWAY:
                    raise
                servers.say(f"{workload.name}: {name} is not measured: {error}")
                del found[name]
    most = await load(servers.upstream, asks[False], connections, plan.seconds / 2, workload.frames_per_s)
    line = summary(workload, plan._replace(connections=connections), found, faults)
    # What load and upstream reach with nothing between them: a peer that comes close is limited by them.
    return line | {"harness_requests_per_s": round(most.answers / most.seconds, 1)}


async def compare(
    workload: Workload, asks: Mapping[bool, Sequence[bytes]], servers: Field
) -> dict[str, list[str]]:
    """The servers whose answers are right, each with its declared faults. What is wrong is told to ``say``."""
    faults: dict[str, list[str]] = {}
    if workload.frames_per_s:
        return {name: [] for name in servers.servers if name in (GATEWAY, "plain_nginx")}
    right = {
        True: await _answers(servers.servers[GATEWAY].port, asks[True], servers.upstream),
        False: await _answers(servers.upstream, asks[False], servers.upstream),
    }
    for name, server in servers.servers.items():
        translates = PEERS[name].translates
        try:
            given = await _answers(server.port, asks[translates], servers.upstream)
            faults[name] = sorted(_faults(name, right[translates], given))
        except (Different, OSError, EOFError, ValueError) as error:
            servers.say(f"{workload.name}: {name} is not measured: {error}")
    return faults


def _faults(name: str, right: Sequence[tuple[int, bytes]], given: Sequence[tuple[int, bytes]]) -> set[str]:
    found: set[str] = set()
    for expected, answer in zip(right, given, strict=True):
        if expected[0] != answer[0]:
            raise Different(f"status {answer[0]}, not {expected[0]}: {answer[1][:100]!r}")
        found |= faults_of(name, expected[1], answer[1])
    return found


async def _answers(port: int, asks: Sequence[bytes], upstream: int) -> list[tuple[int, bytes]]:
    await fetch(upstream, _RESET)
    few = asks[:: max(1, len(asks) // _COMPARED)][:_COMPARED]
    turns = _COMPARED_TURNS if len(few[0]) < _LARGE else 1
    return [await fetch(port, request) for _ in range(turns) for request in few]


async def _slice(
    workload: Workload, asks: Sequence[bytes], server: Process, connections: int, seconds: float
) -> Measured:
    before = server.cpu_s()
    found = await load(server.port, asks, connections, seconds, workload.frames_per_s)
    cpu_s = server.cpu_s() - before
    if not found.answers:
        raise RuntimeError("not one answer in a slice")
    waits = sorted(found.waits)
    return Measured(
        found.answers / found.seconds,
        cpu_s / found.answers * 1e6,
        waits[len(waits) // 2] * 1e6,
        waits[int(len(waits) * 0.99)] * 1e6,
    )


def summary(
    workload: Workload, plan: Plan, found: Mapping[str, Sequence[Measured]], faults: Mapping[str, list[str]]
) -> dict[str, Any]:
    """The line of one workload: a peer that was not measured is null, and so is a ratio to it."""
    paced = bool(workload.frames_per_s)
    ours = _medians(found[GATEWAY])
    return {
        "workload": workload.name,
        "ratio_to_nginx_lua": None if paced else _ratio(found, "nginx_lua", "requests_per_s"),
        "ratio_to_plain_nginx": None if paced else _ratio(found, "plain_nginx", "requests_per_s"),
        "cpu_ratio_to_stock": _ratio(found, "stock_aiohttp", "cpu_us"),
        **ours,
        "people": plan.people,
        "connections": plan.connections,
        "rounds": plan.rounds,
        "peers": {
            name: {**_medians(found[name]), "faults": faults[name]} if name in found else None
            for name in PEERS
            if name != GATEWAY
        },
    }


def _medians(slices: Sequence[Measured]) -> dict[str, float]:
    columns = zip(Measured._fields, zip(*slices, strict=True), strict=True)
    return {name: round(statistics.median(column), 1) for name, column in columns}


def _ratio(found: Mapping[str, Sequence[Measured]], peer: str, what: str) -> float | None:
    if peer not in found:
        return None
    pairs = zip(found[GATEWAY], found[peer], strict=True)
    return round(statistics.median(getattr(ours, what) / getattr(theirs, what) for ours, theirs in pairs), 3)
