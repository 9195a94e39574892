from gateway.upstream.breaker import FAILURES, PAUSE_S, Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def opened() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert not breaker.refuses()
        breaker.failed()
    return breaker, clock


def test_it_opens_after_failures_in_a_row() -> None:
    breaker, _ = opened()
    assert breaker.refuses()
    assert breaker.is_open


def test_a_success_between_failures_counts_them_anew() -> None:
    breaker = Breaker(Clock())
    for _ in range(3 * FAILURES):
        breaker.failed()
        breaker.succeeded()
    assert not breaker.refuses()


def test_after_the_pause_one_probe_goes_through() -> None:
    breaker, clock = opened()
    clock.now = PAUSE_S
    assert [breaker.refuses() for _ in range(3)] == [False, True, True]


def test_a_probe_that_fails_opens_it_again() -> None:
    breaker, clock = opened()
    clock.now = PAUSE_S
    breaker.refuses()
    breaker.failed()
    clock.now += PAUSE_S / 2
    assert breaker.refuses()
    clock.now += PAUSE_S
    assert not breaker.refuses()


def test_a_probe_that_succeeds_closes_it() -> None:
    breaker, clock = opened()
    clock.now = PAUSE_S
    breaker.refuses()
    breaker.succeeded()
    assert [breaker.refuses() for _ in range(3)] == [False] * 3
