"""Requests that a connection answers by itself: their order, their end, and the end of the process."""

import asyncio
import json
from typing import Any

from contracts.model.errors import Unauthenticated
from tests.support.fakes import FakeDirectory, FakeTokens, exchanges
from tests.support.gateway import gateway, message, raw_upstream, read_answer


async def test_a_client_ahead_of_its_answers_gets_them_in_order() -> None:
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        upstream.default = _echo_path(upstream)
        for turn in range(3):
            first, second = message("GET /api/chat/a HTTP/1.1"), message("GET /api/chat/b HTTP/1.1")
            writer.write(first)
            await writer.drain()
            await upstream.was_asked.wait()
            upstream.was_asked.clear()
            writer.write(second + first)
            bodies = [(await read_answer(reader)).body for _ in range(3)]
            assert bodies == [b"/api/chat/a", b"/api/chat/b", b"/api/chat/a"], turn


def _echo_path(upstream: Any) -> Any:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = upstream.asked[-1].line.split()[1].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    return echo


async def test_the_upstream_is_let_go_of_when_the_client_leaves() -> None:
    async with raw_upstream() as upstream, gateway(upstream.url) as running:
        request = message("GET /api/chat/a HTTP/1.1")
        async with running.client() as (reader, writer):
            for _ in range(2):
                writer.write(request)
                await read_answer(reader)
            upstream.scripts.append(_silent)
            upstream.was_asked.clear()
            writer.write(request)
            await upstream.was_asked.wait()
        await asyncio.wait_for(upstream.closed.wait(), 5)
        assert running.metrics.in_flight == 0
        assert running.metrics.requests["2.1", "things.get", 499] == 1


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    raise ConnectionResetError


async def test_what_is_in_flight_is_waited_for_and_its_connection_ends() -> None:
    answer = asyncio.Event()

    async def later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")

    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        request = message("GET /api/chat/a HTTP/1.1")
        for _ in range(2):
            writer.write(request)
            await read_answer(reader)
        upstream.scripts.append(later)
        upstream.was_asked.clear()
        writer.write(request)
        await upstream.was_asked.wait()
        running.server.draining = True
        running.listener.pre_shutdown()
        ending = asyncio.create_task(running.listener.shutdown(5))
        await asyncio.sleep(0)
        answer.set()
        told = await read_answer(reader)
        assert (told.body, told.values("connection")) == (b"late", ["close"])
        await ending
        assert await reader.read() == b""


class _Revocable(FakeTokens):
    revoked = False

    def read(self, authorization: str | None) -> Any:
        if self.revoked:
            raise Unauthenticated("Not authenticated")
        return super().read(authorization)


async def test_a_question_that_is_asked_again_is_answered_for_whom_it_is_today() -> None:
    body = json.dumps(
        {"typing_users": [{"user_id": 2, "name": "B", "avatar": None}], "is_someone_typing": True}
    )
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    path = "/api/chat/conversations/11/typing?profile_id=5&profile_type=student&user_id=1"
    request = message(f"GET {path} HTTP/1.1\nAuthorization: Bearer 1\nX-User-Id: 5\nUser-Agent: Test/1")
    directory, tokens = FakeDirectory(), _Revocable()
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        upstream.default = answer.encode()
        running.server.exchanges = made = exchanges(running.upstream, directory)
        made._tokens = tokens

        async def ask() -> Any:
            writer.write(request)
            told = await read_answer(reader)
            return told.status, json.loads(told.body), told.values("x-request-id")

        asked = [await ask() for _ in range(4)]
        assert [(status, told) for status, told, _ in asked] == [asked[0][:2]] * 4
        assert len({name for _, _, names in asked for name in names}) == 4
        seen = [(one.line, one.values("authorization"), one.values("user-agent")) for one in upstream.asked]
        assert seen == seen[:1] * 4
        assert [one.values("x-request-id") for one in upstream.asked] == [names for _, _, names in asked]
        assert all("x-user-id" not in one.names for one in upstream.asked)
        assert [one.values("x-chat-profile") for one in upstream.asked] == [["student:5"]] * 4
        directory.everybody[1] = directory.everybody[1]._replace(active=False)
        assert (await ask())[0] == 403
        tokens.revoked = True
        assert (await ask())[0] == 401
        assert len(upstream.asked) == 4


async def test_an_answer_that_is_not_taken_is_counted_until_it_is() -> None:
    body = b"x" * 20_000_000
    request = message("GET /api/chat/a HTTP/1.1")
    async with (
        raw_upstream() as upstream,
        gateway(upstream.url) as running,
        running.client() as (reader, writer),
    ):
        budget = running.server._budget
        full = budget.left
        for _ in range(2):
            writer.write(request)
            await read_answer(reader)
        upstream.scripts.append(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head
        assert budget.left < full
        assert await reader.readexactly(len(body)) == body
        async with asyncio.timeout(5):
            while budget.left != full:  # noqa: ASYNC110 - the end of a write has no event
                await asyncio.sleep(0)
