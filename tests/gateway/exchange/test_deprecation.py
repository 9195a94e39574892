import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from gateway.config.model import Deprecation as Rules
from gateway.exchange.deprecation import UNLIMITED, Deprecation, Gone

BEGINS = datetime(2026, 12, 1, 8, tzinfo=UTC)
ENDS = datetime.fromisoformat("2027-06-30T23:59:59+03:00")


def test_legacy_answers_carry_valid_dates() -> None:
    fields = dict(Deprecation(BEGINS, ENDS, "https://x/y").fields("legacy"))
    assert re.fullmatch(r"@[0-9]+", fields["Deprecation"])  # RFC 9745, RFC 9651 section 3.3.7
    assert datetime.fromtimestamp(int(fields["Deprecation"][1:]), UTC) == BEGINS
    assert parsedate_to_datetime(fields["Sunset"]) == ENDS
    assert fields["Sunset"].endswith(" GMT")  # RFC 8594: an HTTP-date
    assert fields["Link"] == ", ".join(
        f'<https://x/y>; rel="{relation}"; type="text/html"' for relation in ("deprecation", "sunset")
    )


def test_planned_windows_are_announced() -> None:
    fields = dict(Deprecation(BEGINS, None, None, "a/b, c/d").fields("legacy"))
    assert fields["X-Chat-Brownouts"] == "a/b, c/d"


@pytest.mark.parametrize("shape", ["2.1", "2.2", ""])
def test_other_answers_do_not(shape: str) -> None:
    assert Deprecation(BEGINS, ENDS, "https://x").fields(shape) == ()


@pytest.mark.parametrize(
    ("begins", "ends", "link", "names"),
    [
        (None, None, None, []),
        (None, None, "https://x", []),
        (BEGINS, None, None, ["Deprecation"]),
        (None, ENDS, None, ["Sunset"]),
    ],
)
def test_only_what_is_configured_is_said(
    begins: datetime | None, ends: datetime | None, link: str | None, names: list[str]
) -> None:
    assert [name for name, _ in Deprecation(begins, ends, link).fields("legacy")] == names


@pytest.mark.parametrize(
    ("shape", "late", "gone"), [("legacy", 0, True), ("legacy", -1, False), ("2.1", 9, False)]
)
def test_after_the_sunset_legacy_is_gone(shape: str, late: int, gone: bool) -> None:
    rules = Deprecation(None, ENDS, None)
    if gone:
        with pytest.raises(Gone):
            rules.check(shape, ENDS.timestamp() + late)
    else:
        rules.check(shape, ENDS.timestamp() + late)


def test_without_a_sunset_nothing_is_gone() -> None:
    Deprecation(BEGINS, None, None).check("legacy", 1e12)
    UNLIMITED.check("legacy")


@pytest.mark.parametrize(("year", "over"), [(2020, True), (2100, False)])
def test_it_knows_what_time_it_is(year: int, over: bool) -> None:
    rules = Rules(legacy_sunset_at=datetime(year, 1, 1, tzinfo=UTC))
    assert Deprecation.from_config(rules).over() is over
