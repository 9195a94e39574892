"""A recording: nothing can be read in it, and what differed still differs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.comparison.declared import Place
from gateway.comparison.differences import differences
from gateway.comparison.recording import Pair, Recorder, pairs

PLACE = Place("contacts.list", legacy=False, one_role=True)
SCALARS = st.none() | st.booleans() | st.integers() | st.text()
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


def through(old: Any, new: Any) -> Pair:
    (pair,) = pairs([Recorder().line(Pair(PLACE, 200, 200, old, new))])
    return pair


@given(DOCUMENTS, DOCUMENTS)
def test_the_same_places_differ_before_and_after(old: Any, new: Any) -> None:
    before = {(one.path, one.kind) for one in differences(old, new)}
    pair = through(old, new)
    assert {(one.path, one.kind) for one in differences(pair.old, pair.new)} == before


def test_nothing_can_be_read() -> None:
    line = Recorder().line(Pair(PLACE, 200, 200, {"text": "secret words", "n": 4711}, ["secret words"]))
    assert "secret" not in line
    assert "4711" not in line


def test_two_spellings_of_a_moment_are_one() -> None:
    pair = through({"at": "2027-03-01T09:00:00"}, {"at": "2027-03-01T09:00:00Z"})
    assert pair.old == pair.new


@pytest.mark.parametrize("line", ["", "{}", "[]", "nonsense", '{"place": {"x": 1}}'])
def test_what_is_no_recording_names_its_line(line: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        list(pairs([line]))
