import pytest

from contracts.model.document import Document
from contracts.operation import OperationContext, by_hand, endpoint, operation


def test_an_endpoint_lies_under_the_chat_unless_it_says_otherwise() -> None:
    assert str(endpoint("GET /blocked")) == "GET /api/chat/blocked"
    assert str(endpoint("POST /api/call-logs")) == "POST /api/call-logs"


def test_an_endpoint_knows_its_parameters() -> None:
    assert endpoint("DELETE /block/{blocked_profile_id}/{blocked_profile_type}").parameters == (
        "blocked_profile_id",
        "blocked_profile_type",
    )


@pytest.mark.parametrize(("modern", "expected"), [(None, "GET /api/chat/a"), ("GET /b", "GET /api/chat/b")])
def test_the_modern_form_is_the_legacy_one_unless_given(modern: str | None, expected: str) -> None:
    assert str(operation("a.list", "GET /a", modern=modern).modern) == expected


async def _hand(asked: Document, talk: OperationContext) -> Document:
    return asked


def test_a_hand_written_one_is_marked() -> None:
    row = by_hand("a.get", "GET /a", _hand, claim_location="query_target")
    assert (row.handler, row.claim_location) == (_hand, "query_target")
