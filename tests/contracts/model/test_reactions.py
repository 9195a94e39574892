"""The words of reactions and their pictures."""

import re
from pathlib import Path
from typing import Any

import pytest

from contracts.model.reactions import EMOJI, emoji_of


@pytest.mark.parametrize(
    ("reaction", "emoji"),
    [("heart", "❤️"), ("thumbsup", "👍"), ("👍", "👍"), ("party", "party"), ("", ""), (None, None), (5, 5)],
)
def test_a_word_is_shown_as_its_picture(reaction: Any, emoji: Any) -> None:
    assert emoji_of(reaction) == emoji


def test_the_modals_know_the_same_words() -> None:
    source = (Path(__file__).parents[3] / "web/static/shared/reactions.js").read_text("utf-8")
    assert dict(re.findall(r'(\w+): "([^"]+)"', source)) == EMOJI
