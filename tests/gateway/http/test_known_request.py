"""A list that is asked again and again through real sockets: the same answers, counted and logged as ever."""

import asyncio
import json
import logging
from typing import Any

import pytest

from tests.support.fakes import FakeDirectory, exchanges
from tests.support.gateway import RawUpstream, gateway, message, raw_upstream, read_answer, until

ME = "profile_id=5&profile_type=student&user_id=1"
ROW = {"id": 11, "type": "group", "name": "G", "created_by_user_id": 2, "last_message": None}
LIST = message(f"GET /api/chat/conversations?{ME} HTTP/1.1\nAuthorization: Bearer 1\nUser-Agent: Test/1")


def answer(value: Any) -> bytes:
    body = json.dumps(value, separators=(",", ":")).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class World:
    """What the upstream answers; ``silent`` names what it never answers."""

    def __init__(self, upstream: RawUpstream) -> None:
        self.rows = [ROW]
        self.silent = ""
        self._upstream = upstream
        upstream.default = self.respond

    async def respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = self._upstream.asked[-1].line.split()[1].partition("?")[0].rpartition("/")[2]
        if name == self.silent:
            await reader.read()
        else:
            writer.write(answer(self.rows if name == "conversations" else {"contacts": []}))


async def test_what_has_changed_shows_and_everything_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "gateway.http.server")
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        world = World(upstream)
        running.server.traced = True
        running.server.exchanges = made = exchanges(running.upstream, FakeDirectory())

        async def ids() -> list[int]:
            writer.write(LIST)
            told = await read_answer(reader)
            assert told.status == 200
            return [row["id"] for row in json.loads(told.body)["conversations"]]

        for _ in range(4):
            assert await ids() == [11]
        world.rows = [ROW | {"id": 12}, ROW]
        for _ in range(3):
            assert await ids() == [12, 11]
        assert made._replays.repeated >= 3
        assert running.metrics.requests["legacy", "conversations.list", 200] == 7
        assert running.metrics.in_flight == 0
        lines = [record for record in caplog.records if record.getMessage() == "request"]
        assert [(one.operation, one.status) for one in lines] == [("conversations.list", 200)] * 7  # type: ignore[attr-defined]
        names = [one.request_id for one in lines]  # type: ignore[attr-defined]
        assert len(set(names)) == 7


async def test_a_client_that_leaves_is_counted_and_its_questions_end() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        world = World(upstream)
        running.server.exchanges = exchanges(running.upstream, FakeDirectory())
        async with running.client() as (reader, writer):
            for _ in range(4):
                writer.write(LIST)
                assert (await read_answer(reader)).status == 200
            asked, world.silent = len(upstream.asked), "conversations"
            writer.write(LIST)
            await until(lambda: len(upstream.asked) >= asked + 2)
        await until(lambda: running.metrics.requests.get(("legacy", "conversations.list", 499)) == 1)
        assert running.metrics.in_flight == 0
