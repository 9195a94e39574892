"""Two answers: what counts as a comparison, what differs, what is excused."""

import json
from typing import Any

import pytest

from contracts.model.roster import NOBODY, Found
from gateway.comparison.declared import Declared, Place
from gateway.comparison.differences import Difference
from gateway.comparison.noise import LEAST, Noise
from gateway.traffic.answers import Given
from gateway.traffic.pair import NotCompared, Pairs, persisting, values

PLACE = Place("contacts.list", legacy=False, one_role=True)


async def nobody(_: Any) -> Found:
    return NOBODY


@pytest.fixture
def pairs() -> Pairs:
    return Pairs(Noise(lambda: 0.0), Declared(), nobody)


def good(document: Any) -> Given:
    return Given(200, json.dumps(document).encode())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (500, 500, "both_failed"),
        (500, 502, "both_failed"),
        (502, 200, "only_old_failed"),
        (200, 504, "only_new_failed"),
        (403, 403, "both_refused"),
    ],
)
async def test_two_failures_are_no_agreement(pairs: Pairs, old: int, new: int, reason: str) -> None:
    with pytest.raises(NotCompared, match=reason):
        await pairs.compare(PLACE, Given(old, b"{}"), Given(new, b"{}"))


@pytest.mark.parametrize(
    ("body", "reason"), [(b"\xff", "encoding"), (b"{", "not_json"), (b'{"a": 1, "a": 2}', "duplicate_keys")]
)
async def test_what_cannot_be_read_is_not_compared(pairs: Pairs, body: bytes, reason: str) -> None:
    with pytest.raises(NotCompared, match=reason):
        await pairs.compare(PLACE, good({}), Given(200, body))


@pytest.mark.parametrize(("old", "new"), [(200, 404), (403, 200), (200, 204)])
async def test_one_that_refuses_is_a_difference(pairs: Pairs, old: int, new: int) -> None:
    found = await pairs.compare(PLACE, Given(old, b"{}"), Given(new, b""))
    assert [(one.path, one.kind) for one in found.left] == [("$.status", "value")]


async def test_a_role_may_be_refused_what_the_person_may_have(pairs: Pairs) -> None:
    place = Place("messages.list", legacy=True, one_role=False)
    with pytest.raises(NotCompared, match="both_refused"):
        await pairs.compare(place, Given(403, b""), good({}))


async def test_noise_is_learned_from_the_old_against_itself(pairs: Pairs) -> None:
    for number in range(LEAST):
        pairs.learn("contacts.list", good({"at": number}), good({"at": number + 1}))
    found = await pairs.compare(PLACE, good({"at": 1, "b": 1}), good({"at": 2, "b": 1}))
    assert (found.left, found.excused, found.masked, found.values) == ([], True, 1, 2)
    found = await pairs.compare(PLACE, good({"at": 1}), good({"at": None}))
    assert [one.kind for one in found.left] == ["type"]


def test_only_what_persists_counts() -> None:
    one, other = Difference("$.a", "value", 1, 2), Difference("$.b", "value", 1, 2)
    assert persisting([one, other], [Difference("$.a", "value", 3, 4)]) == [one]


def test_values_are_counted() -> None:
    assert values({"a": [1, {"b": None}], "c": []}) == 2
