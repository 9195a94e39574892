import logging

import pytest

from gateway.telemetry.throttled_log import ThrottledLogger


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_line_a_second_and_the_number_of_the_others(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    log = ThrottledLogger(logging.getLogger("test"), 1.0, clock)
    for number in range(5):
        log.warning("upstream failed", request_id=str(number))
    log.warning("something else")
    clock.now += 1
    log.warning("upstream failed", request_id="later")
    shown = [(r.message, r.__dict__.get("request_id"), r.__dict__["suppressed"]) for r in caplog.records]
    assert shown == [
        ("upstream failed", "0", 0),
        ("something else", None, 0),
        ("upstream failed", "later", 4),
    ]
