"""Who still speaks the old shape."""

from itertools import count

import pytest

from contracts.model.http import Request
from contracts.model.profile import Profile
from contracts.model.roster import Caller
from gateway.telemetry.legacy_usage import Callers, client_of

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
REQUEST = Request("GET", "/", "", {"User-Agent": CHROME}, b"")


def tutor(user_id: int) -> Caller:
    return Caller(user_id, Profile("tutor", user_id + 4))


def test_the_latest_come_first_and_are_counted() -> None:
    callers = Callers(clock=count(100).__next__)
    for user_id in (1, 2, 1):
        callers.note(REQUEST, tutor(user_id))
    assert [(row.user_id, row.role, row.client, row.requests, row.last) for row in callers.rows()] == [
        (1, "tutor 5", "Chrome 141", 2, 102),
        (2, "tutor 6", "Chrome 141", 1, 101),
    ]


def test_the_list_is_bounded() -> None:
    callers = Callers(most=2)
    for user_id in (1, 2, 3):
        callers.note(REQUEST, tutor(user_id))
    assert [row.user_id for row in callers.rows()] == [3, 2]


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        (CHROME, "Chrome 141"),
        (CHROME + " Edg/141.0.1", "Edge 141"),
        ("Mozilla/5.0 (Macintosh) Gecko/20100101 Firefox/140.0", "Firefox 140"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "unknown"),
        ("x" * 500, "x" * 60),
    ],
)
def test_clients_have_short_names(agent: str, client: str) -> None:
    assert client_of(agent) == client
