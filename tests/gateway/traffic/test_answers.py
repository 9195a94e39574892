"""What counts as an answer."""

import pytest

from contracts.model.errors import Forbidden, GatewayError, Unavailable
from contracts.model.http import Response
from gateway.traffic.answers import Given, answer_of, given


@pytest.mark.parametrize(
    ("status", "good", "failed"),
    [(200, True, False), (204, True, False), (403, False, False), (502, False, True)],
)
def test_good_refused_and_failed(status: int, good: bool, failed: bool) -> None:
    assert (Given(status, b"").good, Given(status, b"").failed) == (good, failed)


@pytest.mark.parametrize(("error", "status"), [(Forbidden(), 403), (Unavailable(), 503)])
async def test_an_error_is_an_answer_without_text(error: GatewayError, status: int) -> None:
    async def asking() -> Response:
        raise error

    assert await answer_of(asking()) == Given(status, b"")


def test_the_text_of_a_refusal_is_not_kept() -> None:
    assert given(Response(403, (), b"no"), 403) == Given(403, b"")
    assert given(Response(200, (), b"yes"), 200) == Given(200, b"yes")
