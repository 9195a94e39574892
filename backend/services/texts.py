"""Message texts that the role-based service stores encrypted (Fernet).

The user-based one stores new texts as they are. The keys come from
CHAT_ENCRYPTION_KEY, several ones separated by commas.
"""

from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

#: How every Fernet token starts (version 128, and a time far from its overflow).
PREFIX: Final = "gAAAAA"
UNREADABLE: Final = "[encrypted]"


class Texts:
    """Reads stored texts. Raises ValueError for a key that is none, without naming it."""

    def __init__(self, keys: str = "") -> None:
        try:
            fernets = [Fernet(key.strip()) for key in keys.split(",") if key.strip()]
        except ValueError as error:
            raise ValueError("CHAT_ENCRYPTION_KEY: not a Fernet key") from error
        self._fernet = MultiFernet(fernets) if fernets else None

    def read(self, stored: str | None) -> str | None:
        """The text for people: never ciphertext, so what no key opens is `[encrypted]`."""
        if stored is None or not stored.startswith(PREFIX):
            return stored
        try:
            return self._fernet.decrypt(stored).decode() if self._fernet else UNREADABLE
        except (InvalidToken, UnicodeDecodeError):
            return UNREADABLE

    def sealed(self, text: str | None) -> str | None:
        """The text as the role-based service stores it: encrypted with the first key, where there is one."""
        return text if text is None or self._fernet is None else self._fernet.encrypt(text.encode()).decode()
