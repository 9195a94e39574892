import pytest

from contracts.model.errors import RateLimited
from gateway.exchange.attempts import MOST, WITHIN_S, Attempts


def test_after_five_wrong_ones_one_waits() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(MOST):
        attempts.check(1)
        attempts.failed(1)
    with pytest.raises(RateLimited):
        attempts.check(1)
    attempts.check(2)
    now[0] = WITHIN_S + 1
    attempts.check(1)


def test_a_right_one_forgives_the_wrong_ones() -> None:
    attempts = Attempts()
    for _ in range(MOST - 1):
        attempts.failed(1)
    attempts.succeeded(1)
    attempts.failed(1)
    attempts.check(1)
