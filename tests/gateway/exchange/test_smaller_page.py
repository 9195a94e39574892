"""Old messages that are larger than any may be today: their list is readable, over real sockets, for every shape."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from contracts.model.document import Document
from contracts.model.errors import AnswerTooLarge, GatewayError
from contracts.model.http import JSON, Request, Response
from contracts.operation import modern_only
from gateway.exchange.exchange import Exchanges
from gateway.exchange.smaller_page import ask_for_less
from gateway.upstream.address import parse_url
from gateway.upstream.client import Upstream
from tests.adapters.v2_2.test_messages import _message
from tests.support.fakes import EXCHANGES, ask, exchanges
from tests.support.gateway import raw_server, read_request
from tests.support.replay_legacy import Story
from tests.support.replay_v2_2 import EXCHANGES22

LIMIT_BYTES = 1_000_000
LARGE = "x" * 300_000
ABEL = "profile_id=5&profile_type=student&user_id=1"
CONVERSATION = next(
    one["response"]["conversations"][0]
    for one in json.loads((EXCHANGES22 / "conversations.list.json").read_text("utf-8"))["exchanges"][0][
        "upstream"
    ]
    if one["request"]["path"].endswith("/conversations")
)
CASE = json.loads((EXCHANGES / "legacy" / "messages.list.json").read_text("utf-8"))["exchanges"][0]


class Stored:
    """Messages with these texts, as an upstream of any shape lists them."""

    def __init__(self, shape: str, texts: list[str], *, chunked: bool) -> None:
        self.shape, self.texts, self.chunked = shape, texts, chunked
        self.asked: list[int] = []

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        limit, offset = int(query.get("limit", "50")), int(query.get("offset", "0"))
        self.asked.append(limit)
        before = int(query.get("before_message_id") or query.get("before_id") or 10**9)
        ids = [id_ for id_ in range(len(self.texts), 0, -1) if id_ < before][offset:]
        shown = [self._message(id_) for id_ in ids[:limit]]
        if self.shape == "2.2":
            return {"messages": shown, "total": len(shown), "limit": limit, "offset": offset}
        return {"messages": shown[::-1], "has_more": len(ids) > limit, "total_count": len(self.texts)}

    def _message(self, id_: int) -> dict[str, Any]:
        if self.shape == "2.2":
            return _message(id_, content=self.texts[id_ - 1])
        recorded = CASE["legacy_response" if self.shape == "legacy" else "modern_response"]["messages"][0]
        return {**recorded, "id": id_, "content": self.texts[id_ - 1]}

    def conversations(self, query: dict[str, str]) -> dict[str, Any]:
        """A conversation for each text, as 2.2 lists them: with the whole of its last message."""
        limit, offset = int(query.get("limit", "50")), int(query.get("offset", "0"))
        self.asked.append(limit)
        rows = [
            {**CONVERSATION, "id": id_, "last_message_content": text} for id_, text in enumerate(self.texts)
        ]
        shown = rows[offset : offset + limit]
        return {"conversations": shown, "total": len(shown), "limit": limit, "offset": offset}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            url = urlsplit((await read_request(reader)).line.split()[1])
            listed = {"conversations": self.conversations, "messages": self.page, "11": self.page}
            answer = listed.get(url.path.rpartition("/")[2], lambda _: {})
            body = json.dumps(answer(dict(parse_qsl(url.query)))).encode()
            if self.chunked:
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                writer.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
            else:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()


@contextlib.asynccontextmanager
async def gateway(stored: Stored, modern: str) -> AsyncIterator[Exchanges]:
    async with asyncio.timeout(60), raw_server(stored.serve) as url:
        upstream = Upstream(parse_url(url), timeout_s=30, answer_bytes=LIMIT_BYTES)
        facts = Story() if stored.shape == "legacy" else None
        try:
            yield exchanges(upstream, shape=stored.shape, modern=modern, facts=facts)  # type: ignore[arg-type]
        finally:
            await upstream.close()


async def _read(core: Exchanges, client: str, query: str) -> dict[str, Any]:
    old_path = client in ("legacy", "2.2")
    path = "/api/chat/messages/11" if old_path else "/api/chat/conversations/11/messages"
    query = f"{ABEL if client == 'legacy' else 'user_id=1'}&{query}"
    told = await ask(core, "GET", path, query, X_Chat_API=client)
    answer: dict[str, Any] = json.loads(told.body)
    return answer


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("client", ["legacy", "2.1", "2.2"])
@pytest.mark.parametrize("upstream", ["legacy", "2.1", "2.2"])
async def test_a_history_of_large_messages_is_read_to_its_end(
    upstream: str, client: str, chunked: bool
) -> None:
    """Page by page from the newest on, each before the oldest that was seen."""
    stored = Stored(upstream, [LARGE] * 7 + ["short"] * 3, chunked=chunked)
    before = "before_id" if client == "legacy" else "before_message_id"
    seen: list[int] = []
    async with gateway(stored, "2.2" if client == "2.2" else "2.1") as core:
        more = True
        while more:
            page = await _read(core, client, f"{before}={min(seen)}" if seen else "")
            ids = [one["id"] for one in page["messages"]]
            assert ids
            seen += sorted(ids, reverse=True)
            more = page.get("has_more", min(seen) > 1)  # 2.2 says it only where a page was cut
    assert seen == list(range(10, 0, -1))


@pytest.mark.parametrize("client", ["legacy", "2.1", "2.2"])
async def test_conversations_of_which_the_last_messages_are_large(client: str) -> None:
    """In front of 2.2, which says the whole of them; of what is so long the beginning is enough."""
    stored = Stored("2.2", ["short"] * 105 + [LARGE] * 7, chunked=False)
    async with gateway(stored, "2.2" if client == "2.2" else "2.1") as core:
        seen: list[int] = []
        for offset in (0, 100):
            query = f"{ABEL if client == 'legacy' else 'user_id=1'}&limit=100&offset={offset}"
            told = await ask(core, "GET", "/api/chat/conversations", query, X_Chat_API=client)
            body = json.loads(told.body)
            found = body if isinstance(body, list) else body["conversations"]
            seen += [one["id"] for one in found if isinstance(one["id"], int)]
            assert max(len(one["last_message"]["content"]) for one in found) <= 2_000
    assert seen == list(range(112))


async def test_what_fits_is_asked_for_once() -> None:
    stored = Stored("2.1", ["short"] * 10, chunked=False)
    async with gateway(stored, "2.1") as core:
        assert not (await _read(core, "2.1", "limit=20"))["has_more"]
    assert stored.asked == [20]


@pytest.mark.parametrize("upstream", ["legacy", "2.1", "2.2"])
async def test_a_single_message_that_is_too_large_is_a_502(upstream: str) -> None:
    stored = Stored(upstream, ["x" * (LIMIT_BYTES + 1)], chunked=False)
    async with gateway(stored, "2.1") as core:
        with pytest.raises(GatewayError) as refusal:
            await _read(core, "2.1", "")
    assert (refusal.value.status, refusal.value.code) == (502, "upstream_failed")


async def test_an_answer_that_has_grown_since_it_was_asked_for_last() -> None:
    stored = Stored("2.1", ["short"] * 10, chunked=False)
    async with gateway(stored, "2.1") as core:
        query = f"{ABEL}&limit=8"
        headers = {"Authorization": "Bearer 1"}
        plan = core.plan("GET", "/api/chat/messages/11", query, headers)
        plan.keep = True
        asked = Request("GET", "/api/chat/messages/11", query, headers, b"")
        await core.answer(plan, asked)
        assert plan.again is not None
        stored.texts = [LARGE] * 10
        told = json.loads((await core.repeat(plan.again, asked)).body)
    assert ([one["id"] for one in told["messages"]], told["has_more"]) == ([9, 10], True)


@pytest.mark.parametrize(
    ("page", "query", "limits"),
    [
        (50, {}, ["25", "12", "6", "3", "1"]),
        (50, {"limit": "4"}, ["2", "1"]),
        (50, {"limit": "0"}, []),
        (50, {"limit": "-4"}, []),
        (50, {"limit": "x"}, []),
        (0, {"limit": "4"}, []),
    ],
)
async def test_half_as_many_until_there_is_one(page: int, query: dict[str, str], limits: list[str]) -> None:
    asked: list[Document] = []

    async def too_large(document: Document) -> Response:
        asked.append(document)
        if len(asked) > 20:
            return Response(200, JSON, b"{}")
        raise AnswerTooLarge

    operation = replace(modern_only("x.list", "GET /x"), page=page)
    sent = Document({}, dict(query), None)
    with pytest.raises(AnswerTooLarge):
        await ask_for_less(too_large, operation, sent)
    assert [one.query["limit"] for one in asked[1:]] == limits
    assert sent.query == query
