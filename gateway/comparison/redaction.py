"""Examples of differences without their content: every scalar becomes its length and a keyed hash.

The key lives in the memory of one process, so that nobody can find a text by trying texts; null and booleans stay.
"""

import hmac
import secrets
from typing import Any, Final

from gateway.comparison.differences import ABSENT, kind_of

_DIGITS: Final = 6
#: Rows and keys of an example; a difference of a whole list needs no more to be recognised.
_MOST: Final = 3


class Redactor:
    """Redacts with one key: the same value gives the same hash, within this process."""

    def __init__(self, key: bytes | None = None, digits: int = _DIGITS, most: int | None = _MOST) -> None:
        """``digits`` of a hash are shown; of lists and objects the first ``most`` items, None for all."""
        self._key = key or secrets.token_bytes(32)
        self._digits = digits
        self._most = most

    def example(self, value: Any) -> Any:
        """The value as it may be stored: ``text of 12, a1b2c3``; names of keys that are data are hashed, too."""
        if value is ABSENT:
            return "absent"
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, dict):
            return {self._name(name): self.example(item) for name, item in list(value.items())[: self._most]}
        if isinstance(value, list):
            return [self.example(item) for item in value[: self._most]]
        text = str(value)
        return f"{kind_of(value)} of {len(text)}, {self._hash(text)}"

    def _name(self, name: str) -> str:
        return name if name.isascii() and name.replace("_", "").isalpha() else f"{{{self._hash(name)}}}"

    def _hash(self, text: str) -> str:
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[: self._digits]
