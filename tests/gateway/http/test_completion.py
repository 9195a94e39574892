"""What every answer carries; through the gateway in `test_server`."""

import pytest
from multidict import CIMultiDict

from contracts.model.http import Response
from gateway.exchange.deprecation import UNLIMITED
from gateway.exchange.plan import Plan
from gateway.http.completion import Completion
from gateway.http.cors import Cors
from gateway.http.head import Head
from gateway.http.request_context import RequestContext

PAGE = "https://page.test"
RESPONSE = Response(200, (("Content-Type", "application/json"), ("ETag", '"a"'), ("Server", "s")), b"{}")


def context(origin: str | None) -> RequestContext:
    made = RequestContext(None)
    fields = CIMultiDict({"Origin": origin} if origin else {})
    made.head = Head("GET", "/api/chat/x", "", fields, "", "id-1", None, False, None, None)
    made.plan = Plan("exchange", "x", "legacy")
    return made


@pytest.mark.parametrize("draining", [False, True])
@pytest.mark.parametrize("origin", [PAGE, "https://other.test", None])
def test_an_answer_that_came_before_is_the_same(origin: str | None, draining: bool) -> None:
    completion = Completion(Cors((PAGE,)), UNLIMITED, 5)
    completion.draining = draining
    first = completion.complete(context(origin), RESPONSE)
    again = completion.again(RESPONSE, "legacy", origin, "id-1")
    assert again.bytes == first.bytes
    assert again.keep_alive is first.keep_alive is not draining
    assert (b"Access-Control-Allow-Origin" in first.bytes) is (origin == PAGE)
    assert b"ETag" not in first.bytes


def test_a_page_never_gets_what_another_may_read() -> None:
    completion = Completion(Cors((PAGE,)), UNLIMITED, 5)
    completion.again(RESPONSE, "legacy", PAGE, "a")
    assert PAGE.encode() not in completion.again(RESPONSE, "legacy", None, "b").bytes
