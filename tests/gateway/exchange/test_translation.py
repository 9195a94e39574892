import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import OPERATIONS
from contracts.model.document import Document
from contracts.model.errors import UpstreamFailed
from contracts.model.http import JSON, Request, Response
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Role
from gateway.exchange.exchange_context import ExchangeContext, Named
from gateway.exchange.pages import KEPT_S
from gateway.exchange.translation import ResponseTranslator
from tests.support.fakes import FakeDirectory, FakeUpstream

CONTACTS = next(row for row in OPERATIONS if row.name == "contacts.list")


def _answer(*users: int, size: int = 2_000) -> Response:
    row = {"conversation_id": 1, "last_message_at": None, "avatar": None, "about": "x" * size}
    contacts = [{"user_id": user, "connection_id": user, **row} for user in users]
    return Response(200, JSON, json.dumps({"contacts": contacts}).encode())


def _context(directory: FakeDirectory, by: int = 1, named: Profile | None = None) -> ExchangeContext:
    context = ExchangeContext(Request("GET", "/", "", {}, b""), directory, FakeUpstream())
    person = directory.everybody[by]
    context.begin(Named(Caller(by, named or person.profile), person))
    return context


async def _tell(
    telling: ResponseTranslator, context: ExchangeContext, response: Response, **query: str
) -> Any:
    return json.loads(await telling.tell(CONTACTS, Document({}, query, None), response, context))


async def test_the_same_answer_is_translated_once() -> None:
    telling, context = ResponseTranslator(), _context(FakeDirectory())
    first = await _tell(telling, context, _answer(2, 3))
    assert await _tell(telling, context, _answer(2, 3)) == first
    assert telling.repeated == 1


@pytest.mark.parametrize(
    ("context", "response", "query"),
    [
        (_context(FakeDirectory()), _answer(2, 4), {}),
        (_context(FakeDirectory()), _answer(2, 3), {"limit": "5"}),
        (_context(FakeDirectory(), by=3), _answer(2, 3), {}),
        (_context(FakeDirectory(), named=Profile("student", 99)), _answer(2, 3), {}),
    ],
    ids=["another answer", "another question", "another caller", "another name of the caller"],
)
async def test_what_differs_is_translated(
    context: ExchangeContext, response: Response, query: dict[str, str]
) -> None:
    telling = ResponseTranslator()
    await _tell(telling, _context(FakeDirectory()), _answer(2, 3))
    told = await _tell(telling, context, response, **query)
    assert telling.repeated == 0
    assert told == await _tell(ResponseTranslator(), context, response, **query)


async def test_a_person_who_has_changed_is_told_as_now() -> None:
    telling, directory = ResponseTranslator(), FakeDirectory()
    await _tell(telling, _context(directory), _answer(2, 3))
    role = Role(Profile("parent", 77), "renamed", True)
    directory.everybody[2] = directory.everybody[2]._replace(roles=(role,))
    told = await _tell(telling, _context(directory), _answer(2, 3))
    assert told["contacts"][0]["profile_id"] == 77
    assert told["contacts"][0]["name"] == "renamed"


async def test_nothing_is_kept_for_long() -> None:
    now = [0.0]
    telling, context = ResponseTranslator(clock=lambda: now[0]), _context(FakeDirectory())
    await _tell(telling, context, _answer(2))
    now[0] = KEPT_S + 1
    await _tell(telling, context, _answer(2))
    assert telling.repeated == 0


@pytest.mark.parametrize("body", [b"[]", b'{"contacts":5}', b'{"contacts":[{"user_id":"x"}]}', b"{nonsense"])
async def test_an_answer_of_another_shape_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        await _tell(ResponseTranslator(), _context(FakeDirectory()), Response(200, JSON, body))


MESSAGES = next(row for row in OPERATIONS if row.name == "messages.list")
PAGE = Document({"conversation_id": "11"}, {"limit": "50"}, None)
people = st.integers(1, 12)
maybe = st.one_of(st.none(), people)
reactions = st.lists(
    st.fixed_dictionaries(
        {"reaction": st.sampled_from(["like", "heart"]), "user_ids": st.lists(people, max_size=3)}
    ),
    max_size=2,
)
messages = st.fixed_dictionaries(
    {
        "id": st.integers(1, 2**63 - 1),
        "sender_user_id": people,
        "sender_name": st.sampled_from(["Abel A", "x"]),
        "sender_avatar": st.none(),
        "is_mine": st.booleans(),
        "content": st.text(max_size=5),
        "reply_to": st.sampled_from([None, {"content": "c", "sender_name": "s", "message_type": "text"}]),
        "reactions": reactions,
        "pinned_by_user_id": maybe,
        "is_forwarded": st.booleans(),
        "forwarded_from_user_id": maybe,
        "forwarded_from_name": st.none(),
        "about": st.just("x" * 300),
    }
)
#: What happens between two polls.
changes = st.one_of(
    st.tuples(st.just("new"), messages),
    st.tuples(st.just("edit"), st.integers(0, 30), messages),
    st.tuples(st.just("gone"), st.integers(0, 30)),
    st.tuples(st.just("reverse")),
    st.tuples(st.just("person"), people),
    st.tuples(st.just("caller"), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("forget")),
    st.tuples(st.just("spelling"), st.sampled_from(["compact", "blanks", "1.10"])),
)


class _World:
    """A conversation, who is who, and who asks."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows
        self.directory = FakeDirectory()
        self.by, self.fallback, self.spelling = 1, False, "compact"
        self.renamed = 0
        self.telling = ResponseTranslator()

    def change(self, kind: str, *what: Any) -> None:
        if kind == "new":
            self.rows = [*self.rows, what[0]]
        elif kind == "edit" and self.rows:
            self.rows[what[0] % len(self.rows)] = what[1]
        elif kind == "gone" and self.rows:
            del self.rows[what[0] % len(self.rows)]
        elif kind == "reverse":
            self.rows.reverse()
        elif kind == "person" and what[0] in self.directory.everybody:
            self.renamed += 1
            role = Role(Profile("parent", 900 + self.renamed), f"renamed{self.renamed}", True)
            self.directory.everybody[what[0]] = self.directory.everybody[what[0]]._replace(roles=(role,))
        elif kind == "caller":
            self.by, self.fallback = what
        elif kind == "forget":
            self.telling = ResponseTranslator(kept_bytes=10_000)
        elif kind == "spelling":
            (self.spelling,) = what

    def answer(self) -> bytes:
        separators = (", ", ": ") if self.spelling == "blanks" else (",", ":")
        text = json.dumps(
            {"messages": self.rows, "has_more": True}, separators=separators, ensure_ascii=False
        ).encode()
        return text.replace(b'"has_more"', b'"score":1.10,"has_more"') if self.spelling == "1.10" else text

    async def check(self) -> None:
        context = _context(self.directory, self.by, Profile("parent", self.by) if self.fallback else None)
        response = Response(200, JSON, self.answer())
        told = await self.telling.tell(MESSAGES, PAGE, response, context)
        assert told == await ResponseTranslator().tell(MESSAGES, PAGE, response, context)


@given(st.lists(messages, min_size=6, max_size=12), st.lists(changes, min_size=1, max_size=12))
def test_whatever_changes_the_answer_is_a_translation_from_nothing(rows: list[Any], steps: list[Any]) -> None:
    async def polls() -> None:
        world = _World(rows)
        await world.check()
        for step in steps:
            world.change(*step)
            await world.check()

    asyncio.run(polls())


async def test_of_a_page_with_one_new_row_only_that_is_translated() -> None:
    telling, context = ResponseTranslator(), _context(FakeDirectory())
    for last in range(3):
        row = {"sender_user_id": 2, "reactions": [], "about": "x" * 300}
        page = {"messages": [{"id": number + last, **row} for number in range(20)]}
        response = Response(200, JSON, json.dumps(page, separators=(",", ":")).encode())
        await telling.tell(MESSAGES, PAGE, response, context)
        assert telling.rows_repeated == 19 * last


@pytest.mark.parametrize("fault", [b'"id":5,"id":6', b'"id":NaN', b'"id":"\xff"'])
async def test_a_fault_in_the_one_new_row_is_found(fault: bytes) -> None:
    telling, context = ResponseTranslator(), _context(FakeDirectory())
    rows = [b'{"id":%d,"sender_user_id":2,"about":"%b"}' % (number, b"x" * 300) for number in range(20)]
    await telling.tell(MESSAGES, PAGE, Response(200, JSON, b'{"messages":[%b]}' % b",".join(rows)), context)
    rows.append(b"{%b}" % fault)
    with pytest.raises(UpstreamFailed):
        await telling.tell(
            MESSAGES, PAGE, Response(200, JSON, b'{"messages":[%b]}' % b",".join(rows)), context
        )
