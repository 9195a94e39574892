"""Declared differences: what they excuse, and that they excuse nothing else."""

from typing import Any

import pytest

from gateway.comparison.declared import DECLARED, Declared, Place, in_utc, is_same_time
from gateway.comparison.differences import ABSENT, Difference

MODERN = Place("contacts.list", legacy=False, one_role=True)
OLD = Place("contacts.list", legacy=True, one_role=True)
OF_TWO = Place("contacts.list", legacy=True, one_role=False)


@pytest.mark.parametrize(
    ("place", "path", "kind", "old", "new", "meant"),
    [
        (MODERN, "$.contacts[].name", "value", "Abel", "Beza", False),
        (MODERN, "$.contacts[].at", "value", "2027-03-01T09:00:00", "2027-03-01T09:00:00Z", True),
        (MODERN, "$.contacts[].at", "value", "2027-03-01T09:00:00", "2027-03-01T09:00:01Z", False),
        (MODERN, "$.contacts[].is_online", "value", False, True, True),
        (MODERN, "$.contacts[].extra", "extra", ABSENT, 1, False),
        (OLD, "$.contacts[].extra", "extra", ABSENT, 1, True),
        (OLD, "$.contacts[].email", "missing", "a", ABSENT, False),
        (OLD, "$.contacts[]", "extra", ABSENT, {}, False),
        (OF_TWO, "$.contacts[]", "extra", ABSENT, {}, True),
        (OF_TWO, "$.contacts[]", "missing", {}, ABSENT, False),
        (OF_TWO, "$.total", "value", 2, 3, True),
        (MODERN, "$.message", "value", "Done", "Ok", True),
        (MODERN._replace(operation="settings.get"), "$.settings.font_size", "value", "a", "b", False),
        (OF_TWO._replace(operation="settings.get"), "$.settings.font_size", "value", "a", "b", True),
    ],
)
def test_what_is_meant(place: Place, path: str, kind: Any, old: Any, new: Any, meant: bool) -> None:
    assert Declared().excuses(place, Difference(path, kind, old, new)) is meant


def test_the_configuration_declares_more_at_its_place_only() -> None:
    declared = Declared(["contacts.list $.contacts[].name"])
    one = Difference("$.contacts[].name", "value", "a", "b")
    assert declared.excuses(MODERN, one)
    assert not declared.excuses(MODERN._replace(operation="blocks.list"), one)


def test_every_declaration_has_a_reason() -> None:
    assert all(DECLARED.values())


@pytest.mark.parametrize("other", [None, 5, "soon", "2027-03-01", "2027-13-01T09:00:00", True])
def test_what_is_no_time_is_no_same_time(other: Any) -> None:
    assert not is_same_time(other, other)
    assert in_utc([other]) == [other]


def test_a_time_is_written_in_utc() -> None:
    found = in_utc({"at": "2027-03-01T09:00:00", "to": "2027-03-01T12:00:00+03:00", "n": 1})
    assert found == {"at": "2027-03-01T09:00:00+00:00", "to": "2027-03-01T09:00:00+00:00", "n": 1}
