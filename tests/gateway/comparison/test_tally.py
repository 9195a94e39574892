from gateway.comparison.differences import Difference
from gateway.comparison.tally import MOST_PLACES, REASONS, Tally


def test_everything_chosen_is_compared_or_skipped_for_a_reason() -> None:
    tally = Tally()
    tally.add([], excused=False)
    tally.add([], excused=True)
    tally.add([(Difference("$.a", "value", 1, 2), {"old": "x", "new": "y"})], excused=True)
    for reason in REASONS:
        tally.skip(reason)
    assert (tally.equal, tally.noise, tally.different) == (1, 1, 1)
    assert tally.chosen == tally.compared + len(REASONS) == 3 + len(REASONS)


def test_a_place_is_counted_and_keeps_its_first_example() -> None:
    tally = Tally()
    for number in range(3):
        tally.add([(Difference("$.a", "type", 1, "1"), {"old": number})], excused=False)
    place = tally.places["$.a", "type"]
    assert (place.count, place.example) == (3, {"old": 0})


def test_too_many_places_are_marked() -> None:
    tally = Tally()
    for number in range(MOST_PLACES + 1):
        tally.add([(Difference(f"$.a{number}", "value", 1, 2), {})], excused=False)
    assert len(tally.places) == MOST_PLACES
    assert tally.overflow
