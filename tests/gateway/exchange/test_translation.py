import json
from typing import Any

import pytest

from adapters import OPERATIONS
from contracts.model.document import Document
from contracts.model.errors import UpstreamFailed
from contracts.model.http import JSON, Request, Response
from contracts.model.profile import Profile
from contracts.model.roster import Caller, Role
from gateway.exchange.exchange_context import ExchangeContext, Named
from gateway.exchange.translation import KEPT_S, LEAST_BYTES, ResponseTranslator
from tests.support.fakes import FakeDirectory, FakeUpstream

CONTACTS = next(row for row in OPERATIONS if row.name == "contacts.list")


def _answer(*users: int, size: int = LEAST_BYTES) -> Response:
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


async def test_only_so_much_is_kept() -> None:
    telling, context = ResponseTranslator(kept_bytes=8_000), _context(FakeDirectory())
    for user in (2, 3, 2):
        await _tell(telling, context, _answer(user), limit=str(user))
    assert telling.repeated == 0, "each pushes the other out"
    for _ in range(2):
        await _tell(telling, context, _answer(2, size=20_000))
    assert telling.repeated == 0, "too large to be kept"


async def test_nothing_is_kept_for_long() -> None:
    now = [0.0]
    telling, context = ResponseTranslator(clock=lambda: now[0]), _context(FakeDirectory())
    await _tell(telling, context, _answer(2))
    now[0] = KEPT_S + 1
    await _tell(telling, context, _answer(2))
    assert telling.repeated == 0


async def test_a_short_answer_is_not_kept() -> None:
    telling, context = ResponseTranslator(), _context(FakeDirectory())
    for _ in range(2):
        await _tell(telling, context, _answer(2, size=1))
    assert telling.repeated == 0


@pytest.mark.parametrize("body", [b"[]", b'{"contacts":5}', b'{"contacts":[{"user_id":"x"}]}', b"{nonsense"])
async def test_an_answer_of_another_shape_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        await _tell(ResponseTranslator(), _context(FakeDirectory()), Response(200, JSON, body))
