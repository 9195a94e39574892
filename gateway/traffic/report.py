"""The report of the comparison: by operation what was compared and what differed, from the store or a recording."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import asyncpg

from gateway.comparison.declared import Declared
from gateway.comparison.differences import Difference, differences
from gateway.comparison.recording import Pair
from gateway.comparison.redaction import Redactor
from gateway.comparison.tally import Tally

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_COMPARED = "SELECT * FROM chat_rollout.compared ORDER BY operation"
_DIFFERENCES = "SELECT * FROM chat_rollout.differences ORDER BY operation, count DESC, path"

_RESET = (
    "DELETE FROM chat_rollout.compared WHERE $1::text IS NULL OR operation = $1",
    "DELETE FROM chat_rollout.differences WHERE $1::text IS NULL OR operation = $1",
)


async def stored(connection: Connection) -> dict[str, Any]:
    """What the gateways have found."""
    rows = await connection.fetch(_DIFFERENCES)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        one = {
            **{name: row[name] for name in ("path", "kind", "count")},
            "example": json.loads(row["example"]),
        }
        found.setdefault(row["operation"], []).append(one)
    operations = [_stored(row, found) for row in await connection.fetch(_COMPARED)]
    return {"operations": operations}


def _stored(row: asyncpg.Record, found: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "operation": row["operation"],
        "compared": row["equal"] + row["noise"] + row["different"],
        **{name: row[name] for name in ("equal", "noise", "different", "overflow")},
        "skipped": json.loads(row["skipped"]),
        "differences": found.get(row["operation"], []),
    }


async def reset(connection: Connection, operation: str | None) -> None:
    """Forget what was found, of one operation or of all."""
    for statement in _RESET:
        await connection.execute(statement, operation)


def replayed(pairs: Iterable[Pair], declared: Declared) -> dict[str, Any]:
    """The same of recorded pairs."""
    tallies: dict[str, Tally] = {}
    redactor = Redactor()
    for pair in pairs:
        tally = tallies.setdefault(pair.place.operation, Tally())
        if pair.old_status >= 400 and pair.new_status >= 400:
            tally.skip("both_refused" if pair.old_status == pair.new_status < 500 else "both_failed")
            continue
        found = [one for one in _differences(pair) if not declared.excuses(pair.place, one)]
        tally.add([(one, _example(one, redactor)) for one in found], excused=False)
    return {"operations": [_tallied(name, tallies[name]) for name in sorted(tallies)]}


def _differences(pair: Pair) -> list[Difference]:
    if pair.old_status != pair.new_status:
        return [Difference("$.status", "value", pair.old_status, pair.new_status)]
    return differences(pair.old, pair.new)


def _example(one: Difference, redactor: Redactor) -> dict[str, Any]:
    return {"old": redactor.example(one.old), "new": redactor.example(one.new)}


def _tallied(operation: str, tally: Tally) -> dict[str, Any]:
    places = [
        {"path": path, "kind": kind, "count": place.count, "example": place.example}
        for (path, kind), place in sorted(tally.places.items(), key=lambda item: -item[1].count)
    ]
    return {
        "operation": operation,
        "compared": tally.compared,
        "equal": tally.equal,
        "noise": tally.noise,
        "different": tally.different,
        "overflow": tally.overflow,
        "skipped": {reason: number for reason, number in tally.skipped.items() if number},
        "differences": places,
    }


def hurts(report: Mapping[str, Any]) -> bool:
    """Whether anything differed that is not meant; nothing compared is no agreement."""
    operations = report["operations"]
    return not any(one["compared"] for one in operations) or any(one["different"] for one in operations)


def lines(report: Mapping[str, Any]) -> Iterable[str]:
    """The report for people."""
    for one in report["operations"]:
        counts = ", ".join(f"{one[name]} {name}" for name in ("compared", "equal", "noise", "different"))
        skipped = ", ".join(f"{number} {reason}" for reason, number in one["skipped"].items())
        yield f"{one['operation']}: {counts}{'; skipped: ' + skipped if skipped else ''}"
        for place in one["differences"]:
            example = json.dumps(place["example"])
            yield f"    {place['path']}  {place['kind']}  {place['count']}  {example}"
