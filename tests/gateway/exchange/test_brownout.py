"""Brownouts by a frozen clock: who is refused, when, and what never is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters import OPERATIONS
from gateway.exchange.brownout import BrownedOut, BrownoutChoice, Window, announced, may_be_refused
from gateway.exchange.choice import always
from gateway.exchange.routes import Match, Routes
from gateway.exchange.shapes import Shapes
from tests.support.fakes import FakeUpstream, load_people

START = datetime(2028, 2, 29, 23, 30, tzinfo=UTC)
END = START + timedelta(hours=1)
BACKEND = Shapes().backend(FakeUpstream(), "2.1", "new")
ABEL = load_people()[1]
BY_NAME = {row.name: row for row in OPERATIONS}


def match(name: str, shape: str = "legacy") -> Match:
    row = BY_NAME[name]
    form = row.legacy if shape == "legacy" else row.modern
    assert form is not None
    path = form.template
    for parameter in form.parameters:
        path = path.replace("{" + parameter + "}", "student" if parameter.endswith("type") else "5")
    found = Routes(OPERATIONS).match(form.method, path, {}, shape)
    assert found is not None
    return found


def choice(now: datetime, percent: float = 100) -> BrownoutChoice:
    return BrownoutChoice(always(BACKEND), [Window(START, END, percent)], lambda: now)


@pytest.mark.parametrize(
    ("now", "refused"),
    [
        (START - timedelta(seconds=1), False),
        (START, True),
        (END - timedelta(seconds=1), True),
        (END, False),
    ],
)
def test_a_window_begins_and_ends_to_the_second(now: datetime, refused: bool) -> None:
    """Over midnight, and into March."""
    one = choice(now)
    if refused:
        with pytest.raises(BrownedOut, match="until 2028-03-01 00:30 UTC") as error:
            one(match("messages.send"), ABEL, "Firefox/1")
        assert int(error.value.headers["Retry-After"]) >= 1
    else:
        assert one(match("messages.send"), ABEL, "Firefox/1") is BACKEND


def test_lists_polling_and_signs_of_life_are_never_refused() -> None:
    one = choice(START)
    for row in OPERATIONS:
        if row.legacy is not None and row.legacy.method == "GET":
            assert one(match(row.name), ABEL, "") is BACKEND
    for name in ("typing.set", "presence.update"):
        assert not may_be_refused(match(name))


def test_modern_clients_are_never_refused() -> None:
    assert choice(START)(match("messages.send", "2.1"), ABEL, "") is BACKEND


@pytest.mark.parametrize(("percent", "share"), [(0, 0), (10, 1000), (100, 10_000)])
def test_a_share_of_the_people_for_the_whole_window(percent: float, share: int) -> None:
    window = Window(START, END, percent)
    held = [user for user in range(10_000) if window.holds(user, START)]
    assert len(held) == pytest.approx(share, abs=130 if 0 < percent < 100 else 0)
    assert held == [user for user in range(10_000) if window.holds(user, END - timedelta(seconds=1))]


def test_another_window_hits_others() -> None:
    first, second = Window(START, END, 10), Window(START + timedelta(days=7), END + timedelta(days=7), 10)
    one = {user for user in range(10_000) if first.holds(user, START)}
    other = {user for user in range(10_000) if second.holds(user, START + timedelta(days=7))}
    assert len(one & other) < 200


def test_who_is_refused_still_tries_and_is_told_of() -> None:
    heard: list[Any] = []
    one = choice(START)
    one.heard.append(lambda *what: heard.append(what))
    with pytest.raises(BrownedOut):
        one(match("messages.send"), ABEL, "Mozilla/5.0 Firefox/128.0")
    assert (heard, one.refused) == ([("messages.send", "Firefox", 1)], 1)


def test_what_is_not_over_is_announced() -> None:
    windows = [Window(START, END, 1), Window(END, END + timedelta(hours=1), 1)]
    assert announced(windows, START - timedelta(days=20)).count("/") == 2
    assert announced(windows, END) == "2028-03-01T00:30:00Z/2028-03-01T01:30:00Z"
    assert announced(windows, END + timedelta(hours=1)) == ""
