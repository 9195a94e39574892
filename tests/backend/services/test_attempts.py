import pytest

from backend.services.attempts import MOST, WITHIN_S, Attempts
from contracts.model.errors import RateLimited
from tests.backend.conftest import Clock


def test_too_many_wrong_ones_must_wait():
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(MOST):
        attempts.check(1)
        attempts.failed(1)
    attempts.check(2)
    with pytest.raises(RateLimited) as error:
        attempts.check(1)
    assert 0 < int(error.value.headers["Retry-After"]) <= WITHIN_S + 1
    clock.now += WITHIN_S + 1
    attempts.check(1)


def test_a_right_one_forgives():
    attempts = Attempts(Clock())
    for _ in range(MOST):
        attempts.failed(1)
    attempts.succeeded(1)
    attempts.check(1)
