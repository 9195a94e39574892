"""Reactions travel and are stored as words; people see pictures."""

from collections.abc import Mapping
from typing import Any, Final

#: The words that the clients send.
EMOJI: Final[Mapping[str, str]] = {
    "heart": "\u2764\ufe0f",
    "thumbsup": "\U0001f44d",
    "laugh": "\U0001f602",
    "wow": "\U0001f62e",
    "sad": "\U0001f622",
}


def emoji_of(reaction: Any) -> Any:
    """The picture of a word; a reaction that is no known word (an emoji, mostly) is shown as it is."""
    return EMOJI.get(reaction, reaction) if isinstance(reaction, str) else reaction
