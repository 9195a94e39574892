"""Who still speaks the old shape."""

from itertools import count
from typing import NamedTuple

import pytest

from web.callers import Callers, client_of

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)


class Asked(NamedTuple):
    headers: dict[str, str]


class Seen(NamedTuple):
    user_id: int
    shape: str = "legacy"
    request: Asked = Asked({"User-Agent": CHROME})


def test_the_latest_come_first_and_are_counted() -> None:
    callers = Callers(clock=count(100).__next__)
    for user in (1, 2, 1):
        callers.observe(Seen(user))
    callers.observe(Seen(3, shape="2.1"))
    assert [(row.user_id, row.requests, row.last) for row in callers.rows()] == [(1, 2, 102), (2, 1, 101)]


def test_the_list_is_bounded() -> None:
    callers = Callers(most=2)
    for user in (1, 2, 3):
        callers.observe(Seen(user))
    assert [row.user_id for row in callers.rows()] == [3, 2]


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        (CHROME, "Chrome 141"),
        (CHROME + " Edg/141.0.1", "Edge 141"),
        ("Mozilla/5.0 (Macintosh) Gecko/20100101 Firefox/140.0", "Firefox 140"),
        ("curl/8.5.0", "curl/8.5.0"),
        (None, "unknown"),
        ("x" * 500, "x" * 60),
    ],
)
def test_clients_have_short_names(agent: str | None, client: str) -> None:
    assert client_of(agent) == client
