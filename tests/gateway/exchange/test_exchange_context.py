import asyncio

import pytest
from multidict import CIMultiDict

from contracts.model.document import Document
from contracts.model.errors import UpstreamFailed
from contracts.model.http import JSON, Headers, Request, Response
from contracts.model.profile import Profile
from contracts.model.roster import Caller
from contracts.operation import endpoint
from contracts.rules.lens import Mentions
from gateway.exchange.exchange_context import ExchangeContext, Named, answer_document, role_header
from tests.support.fakes import FakeDirectory, FakeUpstream, load_people

ABEL = load_people()[1]
CALLER = Caller(1, Profile("student", 5))


def _context(directory: FakeDirectory, upstream: FakeUpstream, **headers: str) -> ExchangeContext:
    fields = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    context = ExchangeContext(Request("GET", "/", "", fields, b""), directory, upstream)
    context.begin(Named(CALLER, ABEL))
    return context


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (Profile("student", 5), [("X-Chat-Profile", "student:5")]),
        (Profile("parent", 1), []),
        (Profile("user", 1), []),
    ],
)
def test_only_a_real_role_is_told(named: Profile, expected: list[tuple[str, str]]) -> None:
    assert role_header(Caller(1, named), ABEL) == expected


async def test_people_by_user_id_are_asked_as_users() -> None:
    directory = FakeDirectory()
    directory.cached = False
    context = _context(directory, FakeUpstream())
    roster = await context.find(Mentions({Profile("user", 7), Profile("tutor", 5)}, {1, 3}))
    assert directory.queries == [({Profile("tutor", 5)}, {3, 7})]
    assert roster.user_of(Profile("user", 7)) == 7


async def test_the_caller_alone_costs_nothing() -> None:
    directory = FakeDirectory()
    directory.cached, directory.away = False, True
    roster = await _context(directory, FakeUpstream()).find(Mentions(set(), {1}))
    assert roster.profile_of(1) == Profile("student", 5)


async def test_what_was_asked_at_once_is_told_in_the_order_of_asking() -> None:
    """The wire's picture does not depend on who answers first."""
    second_answered = asyncio.Event()

    class Slow(FakeUpstream):
        async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
            if "blocked" in target:
                await second_answered.wait()
            else:
                second_answered.set()
            return Response(200, JSON, b"{}")

    context = _context(FakeDirectory(), Slow())
    nothing = Document({}, {}, None)
    await asyncio.gather(
        *(context.put(endpoint(f"GET /{name}"), nothing) for name in ("blocked", "contacts"))
    )
    assert [one.target.partition("?")[0] for one in context.passed] == [
        "/api/chat/blocked",
        "/api/chat/contacts",
    ]


async def test_only_named_headers_are_carried() -> None:
    upstream = FakeUpstream()
    context = _context(
        FakeDirectory(),
        upstream,
        Authorization="Bearer 1",
        X_Real_IP="6.6.6.6",
        Connection="close",
        Cookie="a=b",
    )
    await context.put(endpoint("GET /blocked"), Document({}, {}, None))
    assert set(upstream.sent[0].headers) == {"Authorization", "X-Chat-Profile"}


def test_an_answer_that_is_no_json_is_the_upstreams_fault() -> None:
    with pytest.raises(UpstreamFailed):
        answer_document(Document({}, {}, None), Response(200, JSON, b"<html>"))


def test_what_was_asked_travels_with_the_answer() -> None:
    answer = answer_document(Document({"a": "1"}, {"b": "2"}, None), Response(200, JSON, b'{"c":3}'))
    assert (answer.path, answer.query, set(answer.body)) == ({"a": "1"}, {"b": "2"}, {"c"})
