import pytest

from adapters import OPERATIONS
from contracts.model.document import Document
from contracts.model.errors import InvalidRequest
from contracts.model.profile import Profile
from contracts.model.roster import Caller
from gateway.exchange.target import check_query, target_of

BY_NAME = {row.name: row for row in OPERATIONS}
CALLER = Caller(1, Profile("student", 5))


def test_the_upstream_hears_the_tokens_user_whatever_the_query_says() -> None:
    document = Document({"conversation_id": "11"}, {"user_id": "2", "limit": "5 &x"}, None)
    expected = "/api/chat/conversations/11/messages?user_id=1&limit=5+%26x"
    assert target_of(BY_NAME["messages.list"], document, CALLER) == expected


@pytest.mark.parametrize("name", ["password", "otp"])
def test_no_secret_stands_in_a_query(name: str) -> None:
    with pytest.raises(InvalidRequest):
        check_query({"limit": "5", name: "x"})
    check_query({"limit": "5"})
