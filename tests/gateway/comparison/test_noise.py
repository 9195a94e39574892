import pytest

from gateway.comparison.differences import Difference, Kind
from gateway.comparison.noise import KEPT_S, LEAST, MOST_PLACES, Noise

VALUE = Difference("$.now", "value", 1, 2)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def learned(clock: Clock, pairs: int = LEAST) -> Noise:
    noise = Noise(clock)
    for _ in range(pairs):
        noise.learn("a.b", [VALUE])
    return noise


def test_a_changing_value_is_excused_at_its_place_only() -> None:
    noise = learned(Clock())
    assert noise.excuses("a.b", VALUE)
    assert not noise.excuses("a.b", VALUE._replace(path="$.other"))
    assert not noise.excuses("c.d", VALUE)
    assert list(noise.places("a.b")) == ["$.now"]


@pytest.mark.parametrize("kind", ["missing", "extra", "type", "order"])
def test_nothing_but_a_value_is_ever_excused(kind: Kind) -> None:
    """A field that is random in the old backend and always null in the new one is reported."""
    noise = learned(Clock())
    noise.learn("a.b", [VALUE._replace(kind=kind, path="$.gone")])
    assert not noise.excuses("a.b", VALUE._replace(kind=kind))
    assert not noise.excuses("a.b", VALUE._replace(kind=kind, path="$.gone"))


def test_too_few_pairs_excuse_nothing() -> None:
    noise = learned(Clock(), LEAST - 1)
    assert not noise.excuses("a.b", VALUE)
    assert noise.places("a.b") == {}


def test_what_was_learned_expires() -> None:
    clock = Clock()
    noise = learned(clock)
    clock.now = KEPT_S - 1
    assert noise.excuses("a.b", VALUE)
    clock.now = KEPT_S
    assert not noise.excuses("a.b", VALUE)


def test_places_are_bounded() -> None:
    noise = Noise(Clock())
    for number in range(LEAST * 20):
        noise.learn("a.b", [VALUE._replace(path=f"$.p{number}")])
    assert len(noise.places("a.b")) == MOST_PLACES
