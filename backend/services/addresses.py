"""The addresses of stored files: unguessable, signed, and good for a limited time.

In the database a file is `/api/chat/media/<key>`. An answer shows it with an expiry and a signature, new in every
answer, so that an old chat keeps its pictures while a leaked address dies.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, urlsplit

from contracts.model.errors import InvalidValue

PREFIX: Final = "/api/chat/media/"
LIVES_S: Final = 24 * 3600
# Addresses change at most once an hour, so that browsers can keep what they have.
STEP_S: Final = 3600


class Addresses:
    """Signs and reads addresses. ``public_url`` is put in front of those that are shown; ``now`` gives unix seconds."""

    def __init__(self, secret: str, public_url: str = "", now: Callable[[], float] = time.time) -> None:
        self._key = hashlib.sha256(b"chat media:" + secret.encode()).digest()
        self._public = public_url.rstrip("/")
        self._now = now

    def shown(self, stored: str | None) -> str | None:
        """The address for an answer; one that is not ours stays as it is."""
        if stored is None or not stored.startswith(PREFIX):
            return stored
        expires = (int(self._now()) + LIVES_S) // STEP_S * STEP_S + STEP_S
        key = stored.removeprefix(PREFIX)
        return f"{self._public}{PREFIX}{key}?expires={expires}&signature={self._signature(key, expires)}"

    def stored(self, given: str | None) -> str | None:
        """The address for the database. Raises `InvalidValue` for one of ours that has expired or is made up."""
        key, expires, signature = self._parts(given)
        if given is None or key is None:
            return given
        if not self.holds(key, expires, signature):
            raise InvalidValue("this address of a file has expired", place="$.body")
        return PREFIX + key

    def holds(self, key: str, expires: str, signature: str) -> bool:
        """Whether this address may still be used."""
        if not (expires.isascii() and expires.isdigit() and len(expires) <= 12) or int(expires) < self._now():
            return False
        return hmac.compare_digest(self._signature(key, int(expires)).encode(), signature.encode())

    def _parts(self, given: str | None) -> tuple[str | None, str, str]:
        parts = urlsplit((given or "").removeprefix(self._public))
        if parts.scheme or parts.netloc or not parts.path.startswith(PREFIX):
            return None, "", ""
        query = parse_qs(parts.query)
        return parts.path.removeprefix(PREFIX), query.get("expires", [""])[0], query.get("signature", [""])[0]

    def _signature(self, key: str, expires: int) -> str:
        return hmac.new(self._key, f"{key}:{expires}".encode(), hashlib.sha256).hexdigest()
