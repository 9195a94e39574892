"""Try strangers' databases by hand.

`python -m tests.migration.strangers --seeds 0-99`            generated ones; each failure is shrunk
`python -m tests.migration.strangers --features "column json" --state D --seed 7`
`python -m tests.migration.strangers --each`                   every feature alone, in state L
"""

import argparse
import asyncio
import os
import sys
import time

from demo.databases import PostgresServer
from demo.postgres import EmbeddedPostgres
from tests.migration.strangers.build import Spec, specified
from tests.migration.strangers.draft import FEATURES, in_order
from tests.migration.strangers.shrink import shrunk
from tests.migration.strangers.trial import tried
from tests.migration.strangers.versions import installed


async def run(server: PostgresServer, specs: list[Spec], *, shrink: bool) -> int:
    """Try each; print a line each and return the number of failures."""
    failed = blocked = 0
    for spec in specs:
        started = time.monotonic()
        outcome = await tried(server, spec)
        word = "FAILED" if outcome.failures else "blocked" if outcome.blocked else "held"
        print(f"{word} {spec} ({time.monotonic() - started:.1f} s)", flush=True)
        blocked += bool(outcome.blocked)
        failed += bool(outcome.failures)
        if outcome.failures and shrink:
            outcome = await shrunk(outcome, lambda s: tried(server, s))
            print(f"   smallest: {outcome.spec}")
        for line in outcome.failures or outcome.blocked:
            print(f"   {line[:600]}", flush=True)
    print(f"{len(specs)} databases, {failed} failed, {blocked} blocked")
    return failed


def chosen(arguments: argparse.Namespace) -> list[Spec]:
    """Return the databases that the command line asks for."""
    also = [name for name in arguments.features.split(",") if name]
    states = arguments.state or "L"
    if arguments.each:
        names = [f.name for f in FEATURES.values() if arguments.match in f"{f.kind}: {f.name}"]
        return [Spec(arguments.seed, s, in_order({name, *also})) for name in names for s in states]
    if also or arguments.plain:
        return [Spec(arguments.seed, state, in_order(set(also))) for state in states]
    low, _, high = arguments.seeds.partition("-")
    return [specified(seed) for seed in range(int(low), int(high or low) + 1)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0-19")
    parser.add_argument("--features", default="", help="names with commas; with --each: beside each one")
    parser.add_argument("--plain", action="store_true", help="no feature at all")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--match", default="")
    parser.add_argument("--state", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--version", type=int, help="the major version of an installed PostgreSQL")
    parser.add_argument("--no-shrink", action="store_true")
    arguments = parser.parse_args()
    specs = chosen(arguments)
    if external := os.environ.get("TEST_DATABASE_URL"):
        return min(asyncio.run(run(PostgresServer(external), specs, shrink=not arguments.no_shrink)), 1)
    with EmbeddedPostgres(binaries=installed().get(arguments.version)) as server:
        return min(asyncio.run(run(server, specs, shrink=not arguments.no_shrink)), 1)


if __name__ == "__main__":
    sys.exit(main())
