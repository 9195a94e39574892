import pytest

from backend.services.addresses import LIVES_S, PREFIX, STEP_S, Addresses
from contracts.model.errors import InvalidValue

KEY = "k" * 32


class Now:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("text", [None, "", "https://media.example.test/m/1.png", "/somewhere/else"])
def test_what_is_not_ours_stays(text):
    addresses = Addresses("secret")
    assert addresses.shown(text) == text
    assert addresses.stored(text) == text


@pytest.mark.parametrize("public", ["", "https://chat.example.test"])
def test_there_and_back(public):
    addresses = Addresses("secret", public, Now())
    shown = addresses.shown(PREFIX + KEY)
    assert shown.startswith(public + PREFIX)
    assert addresses.stored(shown) == PREFIX + KEY


def test_it_lives_a_day_and_is_renewed():
    now = Now()
    addresses = Addresses("secret", now=now)
    first = addresses.shown(PREFIX + KEY)
    now.seconds += LIVES_S
    assert addresses.stored(first) == PREFIX + KEY
    now.seconds += STEP_S + 1
    with pytest.raises(InvalidValue):
        addresses.stored(first)
    assert addresses.stored(addresses.shown(PREFIX + KEY)) == PREFIX + KEY


def test_it_does_not_change_with_every_answer():
    now = Now()
    addresses = Addresses("secret", now=now)
    first = addresses.shown(PREFIX + KEY)
    now.seconds += 60
    assert addresses.shown(PREFIX + KEY) == first


@pytest.mark.parametrize(
    "tail", ["", "?expires=1&signature=x", "?expires=x&signature=x", "?expires=²&signature="]
)
def test_invented_ones(tail):
    with pytest.raises(InvalidValue):
        Addresses("secret").stored(PREFIX + KEY + tail)


def test_another_secret_signs_otherwise():
    shown = Addresses("one").shown(PREFIX + KEY)
    with pytest.raises(InvalidValue):
        Addresses("two").stored(shown)


def test_the_same_path_elsewhere_is_not_ours():
    foreign = f"https://elsewhere.example.test{PREFIX}{KEY}"
    assert Addresses("secret").stored(foreign) == foreign
