"""A question that is asked again: the same request and answer as ever, and only for whom it was kept."""

import contextlib
import json
from typing import Any

import pytest
from multidict import CIMultiDict

from contracts.model.errors import GatewayError, Unauthenticated
from contracts.model.http import Request
from contracts.model.shape import Shape
from gateway.exchange.exchange import Exchanges
from gateway.exchange.prepared import Again
from tests.support.fakes import FakeDirectory, FakeTokens, FakeUpstream, ask_again, exchanges

ME = "profile_id=5&profile_type=student&user_id=1"
TYPING = {"typing_users": [{"user_id": 2, "name": "Beza B", "avatar": None}], "is_someone_typing": True}
LEGACY = ("/api/chat/conversations/11/typing", ME)


def request_of(path: str, query: str, name: str = "a") -> Request:
    fields = CIMultiDict({"Authorization": "Bearer 1", "User-Agent": "Test/1", "X-Request-Id": name})
    return Request("GET", path, query, fields, b"", name)


async def first(gateway: Exchanges, path: str, query: str) -> tuple[Again, Any]:
    """What is kept of an exchange, and its answer."""
    request = request_of(path, query)
    plan = gateway.plan("GET", path, query, request.headers)
    plan.keep = True
    answer = await gateway.answer(plan, request)
    return plan.again, answer


@pytest.mark.parametrize(
    ("path", "query", "answer"),
    [
        (*LEGACY, TYPING),
        ("/api/chat/conversations/11/typing", "user_id=1", TYPING),
        ("/api/chat/messages/11", f"{ME}&limit=50&before_message_id=7", {"messages": [], "has_more": False}),
        ("/api/chat/contacts", "profile_id=undefined&profile_type=student", {"contacts": []}),
    ],
)
async def test_it_asks_and_answers_as_the_first_time(path: str, query: str, answer: Any) -> None:
    upstream = FakeUpstream([answer])
    gateway = exchanges(upstream)
    again, expected = await first(gateway, path, query)
    for name in ("b", "c"):
        assert gateway.is_current(again)
        told = await ask_again(gateway, again, request_of(path, query, name))
        assert (told.status, json.loads(told.body)) == (200, json.loads(expected.body))
        sent = upstream.sent[-1]
        assert sent.headers.pop("X-Request-Id") == name
        upstream.sent[0].headers.pop("X-Request-Id", None)
        assert sent == upstream.sent[0]


async def test_a_refusal_is_what_it_was_the_first_time() -> None:
    upstream = FakeUpstream([TYPING, {"detail": "You are not a participant in this conversation"}])
    gateway = exchanges(upstream)
    again, _ = await first(gateway, *LEGACY)
    upstream.status = 403
    with pytest.raises(GatewayError) as refused:
        await ask_again(gateway, again, request_of(*LEGACY))
    assert (refused.value.status, refused.value.message) == (403, "Not a participant of this conversation")


async def test_what_is_answered_without_the_upstream_is_not_kept() -> None:
    again, _ = await first(exchanges(FakeUpstream()), "/api/chat/conversations/undefined/typing", ME)
    assert again is None


@pytest.mark.parametrize(("shape", "kept"), [("2.1", True), ("2.2", False), ("legacy", False)])
async def test_a_handlers_answer_is_kept_where_nothing_else_is_asked_behind_it(
    shape: Shape, kept: bool
) -> None:
    gateway = exchanges(FakeUpstream([{"statuses": []}]), shape=shape)
    again: Any = None
    with contextlib.suppress(GatewayError):
        again, _ = await first(gateway, "/api/chat/users/online-status", f"{ME}&profile_ids=tutor_5")
    assert (again is not None) is kept


class _Revocable(FakeTokens):
    revoked = False

    def read(self, authorization: str | None) -> Any:
        if self.revoked:
            raise Unauthenticated
        return super().read(authorization)


async def test_a_bearer_that_is_good_no_longer_ends_it() -> None:
    gateway = exchanges(FakeUpstream([TYPING]))
    gateway._tokens = tokens = _Revocable()
    again, _ = await first(gateway, *LEGACY)
    assert gateway.is_current(again)
    tokens.revoked = True
    assert not gateway.is_current(again)


@pytest.mark.parametrize(
    "change",
    [{}, {"active": False}, {"roles": ()}, {"first_name": "Renamed"}],
    ids=["read again", "suspended", "another role", "renamed"],
)
async def test_a_person_who_was_read_again_ends_it(change: dict[str, Any]) -> None:
    directory = FakeDirectory()
    gateway = exchanges(FakeUpstream([TYPING]), directory)
    again, _ = await first(gateway, *LEGACY)
    directory.everybody[1] = directory.everybody[1]._replace(**change)
    assert not gateway.is_current(again)


async def test_another_backend_ends_it() -> None:
    gateway = exchanges(FakeUpstream([TYPING]))
    again, _ = await first(gateway, *LEGACY)
    other = gateway._choose(again.plan.match, again.named.person, "")
    gateway._choose = lambda match, person, agent: type(other)(
        other.name, other.shape, other.upstream, other.last, other.stages
    )
    assert not gateway.is_current(again)


async def test_who_is_named_by_role_is_counted_each_time() -> None:
    gateway = exchanges(FakeUpstream([TYPING]))
    again, _ = await first(gateway, "/api/chat/conversations/11/typing", "profile_id=1&profile_type=parent")
    assert gateway.counters.fallbacks == 1
    await ask_again(gateway, again, request_of(*LEGACY))
    assert gateway.counters.fallbacks == 2
