"""Every setting that keeps somebody out has its sentence for each level that does."""

from contracts.model.privacy import ADDING, LEVELS, REFUSALS
from contracts.model.settings import DEFAULTS


def test_every_level_but_the_open_one_has_its_sentence():
    assert {setting: tuple(texts) for setting, texts in REFUSALS.items()} == dict.fromkeys(
        REFUSALS, LEVELS[1:]
    )


def test_they_are_settings_and_open_until_somebody_chooses():
    assert {DEFAULTS[setting] for setting in REFUSALS} == {LEVELS[0]}
    assert set(ADDING.values()) < REFUSALS.keys()
