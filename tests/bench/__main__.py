"""Measure the gateway beside what people would use instead, in one run on one machine.

The gateway runs as `chat-gateway serve` does, one process on one core; each peer likewise. A fast upstream and the
load run on the other cores. Before a workload is measured the answers of all peers are compared.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from demo.databases import execute
from demo.postgres import EmbeddedPostgres, PostgresUnavailableError
from tests.bench import report
from tests.bench.measure import Field, Plan, measure
from tests.bench.peers import PEERS
from tests.bench.peers.setting import Missing, Setting
from tests.bench.people import KNOWN, SCHEMA, write_table
from tests.bench.processes import Process, cores, python, started
from tests.bench.workloads import WORKLOADS

REFUSED = 2
MOST_CONNECTIONS = 1000


def arguments_of(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; argparse ends with exit code 2 for a wrong one."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("workload", nargs="*", metavar="WORKLOAD", help=", ".join(WORKLOADS))
    parser.add_argument("--json", action="store_true", help="one line a workload on standard output")
    parser.add_argument("--people", type=int, default=256)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a slice")
    parser.add_argument(
        "--only", default="", metavar="PEERS", help="measure these beside the gateway, by commas"
    )
    parser.add_argument("--write", action="store_true", help="put a whole run into docs/benchmarks.md")
    arguments = parser.parse_args(words)
    if unknown := [name for name in arguments.workload if name not in WORKLOADS]:
        parser.error(f"no such workload: {', '.join(unknown)}")
    if not 1 <= arguments.people <= KNOWN or not 1 <= arguments.connections <= MOST_CONNECTIONS:
        parser.error(f"1 to {KNOWN} people, 1 to {MOST_CONNECTIONS} connections")
    if arguments.write and (arguments.workload or arguments.only):
        parser.error("--write takes a whole run: no workloads, every peer")
    return arguments


def say(text: str) -> None:
    """A message for whoever watches."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def servers_of(only: str) -> Iterator[Field]:
    """Everything that is measured and the upstream behind it, started; what is missing is named."""
    places = cores()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(EmbeddedPostgres())
        execute(database.dsn, SCHEMA)
        table = folder / "people.json"
        write_table(table)
        upstream = stack.enter_context(started(python("tests.bench.upstream"), places.others))
        setting = Setting(upstream.port, places.measured, folder, table, database.dsn)
        found: dict[str, Process] = {}
        for name, peer in PEERS.items():
            if only and name not in ("gateway", *only.split(",")):
                continue
            try:
                found[name] = stack.enter_context(peer.start(setting))
            except (Missing, RuntimeError, ValueError) as error:
                if name == "gateway":
                    raise
                say(f"{name} is missing: {error}")
        yield Field(upstream.port, found, say)


async def run(arguments: argparse.Namespace, field: Field) -> list[dict[str, Any]]:
    """Measure what is asked for; each line is printed as soon as it is known when ``--json`` is given."""
    plan = Plan(arguments.people, arguments.connections, arguments.rounds, arguments.seconds)
    lines = []
    for name in arguments.workload or WORKLOADS:
        say(f"measuring {name} ...")
        lines.append(await measure(WORKLOADS[name], plan, field))
        if arguments.json:
            print(json.dumps(lines[-1]), flush=True)
    return lines


def loop_factory() -> Any:
    """uvloop where it is installed: the load must not be what is slow."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def main() -> int:
    """Exit code: 0 done, 2 when it cannot be measured here."""
    arguments = arguments_of()
    try:
        with servers_of(arguments.only) as field, asyncio.Runner(loop_factory=loop_factory()) as runner:
            lines = runner.run(run(arguments, field))
    except (PostgresUnavailableError, RuntimeError) as error:
        say(f"cannot measure: {error}")
        return REFUSED
    if not arguments.json:
        print(report.table(lines) + "\n" + report.faults(lines))
    if arguments.write:
        report.write(lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
