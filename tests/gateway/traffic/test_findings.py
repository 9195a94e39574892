"""Findings in the store: added up over processes, each batch once."""

import uuid

import asyncpg

from gateway.comparison.differences import Difference
from gateway.comparison.tally import Tally
from gateway.traffic.findings import Findings, write_findings
from gateway.traffic.health import Count, Key
from gateway.traffic.report import hurts, lines, reset, stored


def findings() -> Findings:
    tally = Tally(equal=3, values=9, masked=1)
    tally.skip("timeout")
    tally.add([(Difference("$.a", "value", 1, 2), {"old": "integer of 1, aa"})], excused=False)
    empty = Tally()
    health = {Key("a.b", "new", 7): Count(5, 1)}
    return Findings(uuid.uuid4(), {"a.b": tally, "c.d": empty}, health)


async def test_two_batches_are_added_up_and_one_that_comes_twice_is_not(
    connection: asyncpg.Connection,
) -> None:
    process, first = uuid.uuid4(), findings()
    for one in (first, first, findings()):
        await write_findings(connection, process, one)
    report = await stored(connection)
    one, empty = report["operations"]
    assert (one["compared"], one["equal"], one["different"], one["skipped"]) == (8, 6, 2, {"timeout": 2})
    assert [(place["path"], place["kind"], place["count"]) for place in one["differences"]] == [
        ("$.a", "value", 2)
    ]
    assert (empty["compared"], empty["skipped"]) == (0, {})
    row = await connection.fetchrow("SELECT requests, errors FROM chat_rollout.health")
    assert tuple(row or ()) == (10, 2)
    assert hurts(report)
    assert any("$.a  value  2" in line for line in lines(report))


async def test_what_was_found_can_be_forgotten(connection: asyncpg.Connection) -> None:
    await write_findings(connection, uuid.uuid4(), findings())
    await reset(connection, "a.b")
    assert [one["operation"] for one in (await stored(connection))["operations"]] == ["c.d"]
    await reset(connection, None)
    assert hurts(await stored(connection)), "nothing compared is no agreement"
