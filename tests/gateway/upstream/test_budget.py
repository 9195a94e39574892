"""What is held is counted above each request's own share, and goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.upstream.budget import FREE, Budget, Hold, NoRoom


def test_the_first_bytes_of_every_answer_are_free() -> None:
    budget = Budget(100)
    holds = [Hold(budget) for _ in range(10)]
    for hold in holds:
        hold.add(FREE)
    assert budget.left == 100
    holds[0].add(60)
    with pytest.raises(NoRoom):
        holds[1].add(41)
    holds[1].add(40)
    assert budget.left == 0


def test_what_takes_another_form_gives_back_the_first() -> None:
    budget = Budget(100)
    hold = Hold(budget)
    hold.add(FREE + 90)
    hold.settle(FREE + 10)
    assert budget.left == 90
    hold.settle(0)
    assert budget.left == 100


@given(st.lists(st.integers(0, 2 * FREE), max_size=8))
def test_whatever_was_held_goes_back_with_its_answer(sizes: list[int]) -> None:
    budget = Budget(3 * FREE)
    hold = Hold(budget)
    for size in sizes:
        try:
            hold.add(size)
        except NoRoom:
            break
        assert 0 <= budget.left <= 3 * FREE
    del hold
    assert budget.left == 3 * FREE
