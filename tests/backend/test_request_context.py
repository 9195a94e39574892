from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import make_mocked_request

from backend.request_context import RequestContext, done
from contracts.model.errors import InvalidValue


def call(query: str) -> RequestContext:
    return RequestContext(make_mocked_request("GET", f"/?{query}"), 1, None, None, b"")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T08:12:00Z", datetime(2026, 11, 20, 8, 12, tzinfo=UTC)),
        ("2026-11-20T08:12:00", datetime(2026, 11, 20, 8, 12, tzinfo=UTC)),
        ("2026-11-20T08:12:00%2B03:00", datetime(2026, 11, 20, 5, 12, tzinfo=UTC)),
        ("soon", None),
        ("", None),
    ],
)
def test_times(text, expected):
    assert call(f"after={text}").time("after") == expected


@pytest.mark.parametrize("text", ["9" * 19, "-1", "1.0", "+1", " 1", "1_0", "", "11"])
def test_wrong_numbers(text):
    with pytest.raises(InvalidValue) as error:
        call(f"limit={text}").number("limit", 5, highest=10)
    assert error.value.place == "$.query.limit"


@pytest.mark.parametrize(("query", "expected"), [("", 5), ("limit=10", 10), ("limit=0", 0)])
def test_numbers(query, expected):
    assert call(query).number("limit", 5, highest=10) == expected


@pytest.mark.parametrize(
    ("query", "expected"), [("", True), ("x=false", False), ("x=1", True), ("x=0", False)]
)
def test_flags(query, expected):
    assert call(query).flag("x", default=True) is expected


class Peer:
    """As much of a transport as a request asks for its address."""

    def __init__(self, address):
        self.address = address

    def get_extra_info(self, name, default=None):
        return (self.address, 1) if name == "peername" else default


@pytest.mark.parametrize(
    ("peer", "said", "expected"),
    [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("127.0.0.1", "198.51.100.7, 192.0.2.9", "198.51.100.7"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_where_a_client_is(peer, said, expected):
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": said}, transport=Peer(peer))
    assert RequestContext(request, 1, None, None, b"").remote == expected


def test_done():
    assert done("ok", message_id=1) == {"success": True, "message": "ok", "message_id": 1}
