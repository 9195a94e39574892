"""Figures of the backends."""

from gateway.traffic.health import Count, Health, Key


def test_what_is_taken_is_gone() -> None:
    health = Health()
    health.count("a.b", "old", 0.0001, failed=False)
    health.count("a.b", "old", 0.0001, failed=True)
    assert health.take() == {Key("a.b", "old", 0): Count(2, 1)}
    assert health.take() == {}
