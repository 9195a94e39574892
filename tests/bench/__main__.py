"""Requests a second and processor time, side by side: backend alone, gateway, a stock proxy, nginx if installed.

Slices of all of them alternate in random order, so that a disturbance meets them alike. The first table shows
medians, and the least processor time: on a busy machine that is the one to compare, and its ratios come first.
The second shows what the translation alone costs, without sockets; the third what the way to the upstream costs.
"""

import argparse
import asyncio
import random
import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from gateway.runtime.serve import loop_factory
from tests.bench import behind, plain, pure
from tests.bench.load import load
from tests.bench.servers import Server, server
from tests.bench.workloads import WORKLOADS, Workload

GATEWAY, STOCK, NGINX = "gateway", "stock proxy", "plain nginx"
COLUMNS = ("what", "who", "of stock", "of nginx", "requests/s", "CPU us", "least", "p50 us", "p99 us")
WIDTH = 110


class Measured(NamedTuple):
    """One slice: requests a second, microseconds of processor time each, seconds at the median and at 99 %."""

    rate: float
    cpu_us: float
    p50_us: float
    p99_us: float


async def measure(target: Server, request: bytes, connections: int, seconds: float) -> Measured:
    """One slice."""
    before = target.cpu_s()
    found = await load(target.url, request, connections, seconds)
    cpu = target.cpu_s() - before
    waits = sorted(found.waits)
    return Measured(
        found.answers / found.seconds,
        cpu / found.answers * 1e6,
        waits[len(waits) // 2] * 1e6,
        waits[int(len(waits) * 0.99)] * 1e6,
    )


async def run(arguments: argparse.Namespace, targets: dict[str, Server], chosen: Sequence[Workload]) -> Table:
    """All slices, and the table that they make."""
    found: dict[tuple[str, str], list[Measured]] = defaultdict(list)
    slices = [(workload, name) for workload in chosen for name in targets]
    for workload, name in slices:  # warm caches and connections
        request = workload.ask if name == GATEWAY else workload.direct
        await measure(targets[name], request, arguments.connections, 0.1)
    for _ in range(arguments.rounds):
        random.shuffle(slices)
        for workload, name in slices:
            request = workload.ask if name == GATEWAY else workload.direct
            result = await measure(targets[name], request, arguments.connections, arguments.seconds)
            found[workload.name, name].append(result)
    return _table(found, chosen, tuple(targets))


def _table(
    found: dict[tuple[str, str], list[Measured]], chosen: Sequence[Workload], names: Sequence[str]
) -> Table:
    table = Table(*COLUMNS)
    for workload in chosen:
        medians = {
            name: Measured(
                *(statistics.median(column) for column in zip(*found[workload.name, name], strict=True))
            )
            for name in names
        }
        least = {name: min(slice_.cpu_us for slice_ in found[workload.name, name]) for name in names}
        for name, row in medians.items():
            table.add_row(
                workload.name,
                name,
                *(f"{least[name] / least[other]:.2f}" if other in least else "" for other in (STOCK, NGINX)),
                f"{row.rate:,.0f}",
                f"{row.cpu_us:.0f}",
                f"{least[name]:.0f}",
                f"{row.p50_us:.0f}",
                f"{row.p99_us:.0f}",
                end_section=name == names[-1],
            )
    return table


async def _translation(chosen: Sequence[Workload]) -> Table:
    table = Table("translation alone, least CPU us", "find the operation", "whole exchange")
    for workload in chosen:
        if b" /api/chat/" in workload.ask:
            plan, whole = await pure.measure(workload)
            table.add_row(workload.name, f"{plan:.0f}", f"{whole:.0f}")
    return table


async def _behind(url: str) -> Table:
    ours, theirs = await behind.measure(url)
    table = Table("one request to the upstream alone, least CPU us", "lean connections", "ClientSession")
    table.add_row("typing poll", f"{ours:.0f}", f"{theirs:.0f}")
    return table


def main() -> None:
    """Read the arguments, start the servers, measure, print."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.3, help="length of a slice")
    parser.add_argument("--rounds", type=int, default=7, help="slices of each kind")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--only", default="", help="part of a workload's name")
    arguments = parser.parse_args()
    chosen = [workload for workload in WORKLOADS if arguments.only in workload.name]
    with (
        server("stub") as backend,
        server("through", backend.url) as gateway,
        server("stock", backend.url) as stock,
        plain.nginx(backend.url) as limit,
    ):
        targets = {"backend alone": backend, GATEWAY: gateway, STOCK: stock}
        if limit:
            targets[NGINX] = limit
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            console = Console(width=WIDTH)
            console.print(runner.run(run(arguments, targets, chosen)))
            console.print(runner.run(_translation(chosen)))
            console.print(runner.run(_behind(backend.url)))


if __name__ == "__main__":
    main()
