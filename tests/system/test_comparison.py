"""The comparison on real traffic: what a planted difference does, what no difference does, and what never happens."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.traffic.report import stored
from tests.support.two_backends import TwoBackends, two_backends

ALWAYS = {"percent": 100, "budget_per_s": 10_000, "concurrency": 100, "marks_read": True, "timeout_s": 30}


@pytest.fixture
async def two(make_database: Callable[..., str], migrated_template: str) -> AsyncIterator[TwoBackends]:
    async with two_backends(make_database(template=migrated_template), compare=ALWAYS) as found:
        yield found


def paths(shape: str) -> list[str]:
    chat = "/api/chat"
    own = ["conversations", "contacts", "connection-requests", "blocked", "calls", "sessions", "settings"]
    messages = "conversations/11/messages" if shape == "modern" else "messages/11"
    more = [messages, "conversations/11", "polls/conversation/12", "conversations/12/read-status"]
    return [f"{chat}/{name}" for name in (*own, *more)]


async def compared(two: TwoBackends, front: Any) -> dict[str, Any]:
    """What the gateways have found: by operation, with ``places`` and ``chosen`` beside the report's figures."""
    traffic = front.core._traffic
    await traffic._comparing.idle()
    await traffic._flusher.close()
    found = {one["operation"]: one for one in (await stored(two.connection))["operations"]}
    for one in found.values():
        one["places"] = {(place["path"], place["kind"]) for place in one["differences"]}
        one["chosen"] = one["compared"] + sum(one["skipped"].values())
    return found


async def ask_all(two: TwoBackends, url: str, shape: str) -> None:
    for user, role in ((1, "student"), (2, "tutor"), (3, "student")):
        client = two.modern(url, user) if shape == "modern" else two.legacy(url, user, role)
        for path in paths(shape):
            await client.ask("GET", path)


@pytest.mark.parametrize("primary", ["old", "new"])
@pytest.mark.parametrize("shape", ["modern", "legacy"])
async def test_equal_backends_differ_nowhere(two: TwoBackends, shape: str, primary: str) -> None:
    await two.share(100 if primary == "new" else 0)
    async with two.gateway() as front:
        await ask_all(two, front.url, shape)
        found = await compared(two, front)
    assert {name: tally["places"] for name, tally in found.items() if tally["places"]} == {}
    assert sum(tally["compared"] for tally in found.values()) > 20
    assert all(tally["chosen"] for tally in found.values())


def dropped(path: str, body: Any) -> Any:
    for one in body.get("messages", ()) if isinstance(body, dict) else ():
        del one["is_edited"]
    return body


def as_text(path: str, body: Any) -> Any:
    for one in body if isinstance(body, list) else ():
        one["unread_count"] = str(one["unread_count"])
    return body


def other_order(path: str, body: Any) -> Any:
    return body[::-1] if isinstance(body, list) else body


def other_name(path: str, body: Any) -> Any:
    for one in body.get("messages", ()) if isinstance(body, dict) else ():
        if one["sender_user_id"] == 2:
            one["sender_name"] = "Chala C"
    return body


def missing_message(path: str, body: Any) -> Any:
    if isinstance(body, dict) and "messages" in body:
        body["messages"] = body["messages"][1:]
    return body


PLANTED = [
    (dropped, "messages.list", "$.messages[].is_edited", "missing"),
    (as_text, "conversations.list", "$[].unread_count", "type"),
    (other_order, "conversations.list", "$[]", "order"),
    (other_name, "messages.list", "$.messages[].sender_name", "value"),
    (missing_message, "messages.list", "$.messages[]", "missing"),
]


@pytest.mark.parametrize(
    ("mutate", "operation", "place", "kind"), PLANTED, ids=[one[0].__name__ for one in PLANTED]
)
async def test_a_planted_difference_is_found(
    two: TwoBackends, mutate: Any, operation: str, place: str, kind: str
) -> None:
    """In the first comparison, named with its place, and nothing else with it."""
    two.between.mutate = mutate
    async with two.gateway() as front:
        client = two.modern(front.url, 1)
        for path in ("/api/chat/conversations", "/api/chat/conversations/11/messages", "/api/chat/contacts"):
            await client.get(path)
        found = await compared(two, front)
    assert {(name, *where) for name, tally in found.items() for where in tally["places"]} == {
        (operation, place, kind)
    }


async def test_another_person_s_name_is_found_in_the_old_shape(two: TwoBackends) -> None:
    """Of the same person the two say different names there; of another one it is a difference."""
    two.between.mutate = other_name
    async with two.gateway() as front:
        await two.legacy(front.url, 3, "student").get("/api/chat/messages/12")
        found = await compared(two, front)
    assert set(found["messages.list"]["places"]) == set()
    two.between.mutate = lambda path, body: (
        {**body, "messages": [{**one, "sender_user_id": 3} for one in body["messages"]]}
        if "messages" in body
        else body
    )
    async with two.gateway() as front:
        await two.legacy(front.url, 3, "student").get("/api/chat/messages/12")
        found = await compared(two, front)
    assert ("$.messages[].sender_user_id", "value") in found["messages.list"]["places"]


async def test_nothing_is_asked_at_zero_percent_and_no_write_ever_is(two: TwoBackends) -> None:
    async with two.gateway(compare={**ALWAYS, "percent": 0}) as front:
        await ask_all(two, front.url, "modern")
    assert two.between.seen == []
    async with two.gateway() as front:
        client = two.modern(front.url, 1)
        sent = await client.do("POST", "/api/chat/conversations/11/messages", {"content": "Selam"})
        await client.do("PUT", f"/api/chat/messages/{sent['id']}", {"content": "Selam!"})
        await client.do("DELETE", f"/api/chat/messages/{sent['id']}")
        found = await compared(two, front)
    assert two.between.seen == []
    assert {name: (tally["equal"], tally["places"]) for name, tally in found.items()} == {
        name: (1, set()) for name in ("messages.send", "messages.edit", "messages.delete")
    }


async def test_what_is_asked_for_a_comparison_says_so_and_is_no_user(two: TwoBackends) -> None:
    async with two.gateway() as front:
        await two.legacy(front.url, 1, "student").get("/api/chat/conversations")
        await compared(two, front)
        rows = front.core.callers.rows()
    assert {name.startswith("compare-") for _, _, name in two.between.seen} == {True}
    assert [row.requests for row in rows] == [1]


@pytest.mark.parametrize("how", ["dead", "slow", "garbage", "refuses"])
async def test_whatever_the_other_backend_does_no_client_notices(two: TwoBackends, how: str) -> None:
    forever = asyncio.Event()

    async def behave() -> Any:
        from aiohttp import web

        if how == "slow":
            await forever.wait()
        if how == "dead":
            raise ConnectionResetError
        return web.Response(body=b"\xff{", status=200 if how == "garbage" else 503)

    two.between.behave = behave
    async with two.gateway(compare={**ALWAYS, "timeout_s": 1}) as front:
        client = two.modern(front.url, 1)
        for path in ("/api/chat/conversations", "/api/chat/contacts"):
            assert (await client.ask("GET", path)).status == 200
        found = await compared(two, front)
    forever.set()
    assert sum(tally["compared"] for tally in found.values()) == 0
    assert sum(tally["chosen"] for tally in found.values()) == 2


async def test_what_was_found_is_in_the_store_once_without_content(two: TwoBackends, tmp_path: Path) -> None:
    two.between.mutate = other_name
    async with two.gateway() as front:
        await two.modern(front.url, 1).get("/api/chat/conversations/11/messages")
        await compared(two, front)
    runner = CliRunner()
    command = ["compare", "report", "--config", str(two.file(tmp_path)), "--json"]
    result = await asyncio.to_thread(runner.invoke, app, command)
    (operation,) = json.loads(result.stdout)["operations"]
    assert (result.exit_code, operation["compared"], operation["different"]) == (1, 1, 1)
    (place,) = operation["differences"]
    assert (place["path"], place["kind"], place["count"]) == ("$.messages[].sender_name", "value", 5)
    assert place["example"]["old"].startswith("text of 6, ")
    texts = await two.connection.fetch("SELECT example::text FROM chat_rollout.differences")
    assert not [row for row in texts if "Beza" in row[0] or "Chala" in row[0]]
    command = ["compare", "reset", "--config", str(two.file(tmp_path))]
    assert (await asyncio.to_thread(runner.invoke, app, command)).exit_code == 0
    assert await two.connection.fetchval("SELECT count(*) FROM chat_rollout.differences") == 0


async def test_a_recording_is_compared_as_the_traffic_is(two: TwoBackends, tmp_path: Path) -> None:
    two.between.mutate = other_name
    token, requests, file = tmp_path / "token", tmp_path / "requests", tmp_path / "pairs"
    token.write_text(two.people[1]["token"])
    requests.write_text(
        "GET /api/chat/conversations?user_id=1\nGET /api/chat/conversations/11/messages?user_id=1\n"
    )
    config = str(two.file(tmp_path))
    runner = CliRunner()
    command = ["compare", "record", str(file), "--config", config, "--token-file", str(token)]
    result = await asyncio.to_thread(runner.invoke, app, [*command, "--requests", str(requests)])
    assert (result.exit_code, result.stderr) == (0, "2 pairs\n")
    assert "Beza" not in file.read_text()
    result = await asyncio.to_thread(runner.invoke, app, ["compare", "replay", str(file), "--json"])
    found = {one["operation"]: one for one in json.loads(result.stdout)["operations"]}
    assert (result.exit_code, found["conversations.list"]["equal"]) == (1, 1)
    assert [one["path"] for one in found["messages.list"]["differences"]] == ["$.messages[].sender_name"]
    two.between.mutate = lambda path, body: body
    result = await asyncio.to_thread(runner.invoke, app, command)
    result = await asyncio.to_thread(runner.invoke, app, ["compare", "replay", str(file)])
    assert result.exit_code == 0, result.stdout


async def test_who_uses_the_old_shape_is_written_at_once(two: TwoBackends) -> None:
    async with two.gateway() as front:
        await two.legacy(front.url, 1, "student").get("/api/chat/conversations")
        async with asyncio.timeout(30):
            while not await two.connection.fetchval("SELECT count(*) FROM chat_rollout.ledger"):
                pass
        await two.legacy(front.url, 1, "student").get("/api/chat/conversations")
    rows = await two.connection.fetch("SELECT operation, user_id, requests FROM chat_rollout.ledger")
    assert [tuple(row) for row in rows] == [("conversations.list", 1, 2)]
