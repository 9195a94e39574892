"""The last answer to each question of a list with its translation: bounded in bytes and in seconds."""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from contracts.model.roster import Person
from contracts.rules.rows import join

#: Of answers and their translations. A page of 50 messages has about 80,000, and a process serves 2,000 people.
KEPT_BYTES: Final = 192 * 1024 * 1024
#: Other people's words are not kept longer than a poll needs them.
KEPT_S: Final = 60.0
#: A row is looked for this far ahead: a few may have been deleted before it.
_AHEAD: Final = 4
#: So much of the middle of an answer tells whether another one has rows of it.
_SAMPLE: Final = 150

#: What the smallest takes, with its question.
_LEAST: Final = 1_000

Row = msgspec.Raw


class InRows(NamedTuple):
    """A translated answer, row by row: the rows as they came, their translations, and what stands around those."""

    rows: Sequence[Row]
    translated: Sequence[Row | bytes]
    around: tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as it came, and its translation: whole, or in rows where those are at hand.

    ``people`` are those whom it mentions, as the directory knew them.
    """

    answer: bytes
    whole: bytes
    in_rows: InRows | None
    people: Mapping[int, Person | None]
    at: float

    @classmethod
    def of(
        cls, answer: bytes, translation: bytes | InRows, people: Mapping[int, Person | None], at: float
    ) -> "Page":
        """A page with its translation in either form."""
        whole, in_rows = (translation, None) if isinstance(translation, bytes) else (b"", translation)
        return cls(answer, whole, in_rows, people, at)

    @property
    def translation(self) -> bytes:
        """The translation in one piece."""
        return join(self.in_rows.around, self.in_rows.translated) if self.in_rows else self.whole

    @property
    def size(self) -> int:
        """Bytes that it takes, roughly; a translation is half as long again as its answer."""
        return _LEAST + 3 * len(self.answer)

    def overlaps(self, answer: bytes) -> bool:
        """Whether another answer has rows of this one, as far as a sample can tell."""
        middle = len(self.answer) // 2
        return self.answer[middle - _SAMPLE : middle + _SAMPLE] in answer


def known_rows(rows: Sequence[Row], before: InRows) -> list[Row | bytes | None]:
    """For each of these rows the translation that it had before, or None.

    Rows come in their order, but for what is new or gone in between.
    """
    found: list[Row | bytes | None] = []
    mine, translated, place, ahead = before.rows, before.translated, 0, len(before.rows)
    for row in rows:  # the first may be anywhere
        match = None
        for at in range(place, min(place + ahead, len(mine))):
            if mine[at] == row:
                match, place = translated[at], at + 1
                break
        found.append(match)
        ahead = _AHEAD
    return found


class Entry(Protocol):
    """What is kept: how many bytes it takes, and since when it is here."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def at(self) -> float:
        """The clock's time."""


E = TypeVar("E", bound=Entry)


class Pages(Generic[E]):
    """Answers by question. After half of the bytes, or a minute, what nobody has asked for since is gone."""

    def __init__(self, kept_bytes: int = KEPT_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._half = kept_bytes // 2
        self._clock = clock
        self._new: dict[Hashable, E] = {}
        self._old: dict[Hashable, E] = {}
        self._bytes = 0
        self._turned_at = clock()

    def get(self, question: Hashable) -> E | None:
        """The last answer to it."""
        page = self._new.get(question)
        if page is None and (page := self._old.pop(question, None)) is not None:
            self._put(question, page)
        return page if page is not None and self._clock() - page.at < KEPT_S else None

    def keep(self, question: Hashable, entry: E) -> None:
        """Remember an answer, unless it is too large for us."""
        if entry.size <= self._half:
            self._put(question, entry)

    def _put(self, question: Hashable, page: E) -> None:
        replaced = self._new.get(question)
        self._bytes += page.size - (replaced.size if replaced else 0)
        self._new[question] = page
        now = self._clock()
        if self._bytes > self._half or now - self._turned_at > KEPT_S:
            self._old, self._new, self._bytes, self._turned_at = self._new, {}, 0, now
