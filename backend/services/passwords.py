"""Second passwords: scrypt with a salt; unsalted SHA-256 of older backends is recognised, never written."""

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

# RFC 7914 and OWASP's cheat sheet for interactive use: 16 MiB, some tens of milliseconds.
COST: Final = 2**14
BLOCK: Final = 8
PARALLEL: Final = 5
_OLD: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


async def sealed(password: str) -> str:
    """The text to store: `scrypt$n$r$p$salt$hash`."""
    salt = secrets.token_bytes(16)
    digest = await asyncio.to_thread(_scrypt, password, salt, COST, BLOCK, PARALLEL)
    return "$".join(("scrypt", str(COST), str(BLOCK), str(PARALLEL), _text(salt), _text(digest)))


async def fits(password: str, stored: str | None) -> bool:
    """Whether this is the password; False where none is stored or the text is unknown."""
    if stored is None:
        return False
    if is_old(stored):
        return hmac.compare_digest(hashlib.sha256(password.encode()).hexdigest(), stored)
    kind, *rest = stored.split("$")
    if kind != "scrypt" or len(rest) != 5:
        return False
    cost, block, parallel = map(int, rest[:3])
    salt, digest = (base64.b64decode(part) for part in rest[3:])
    return hmac.compare_digest(
        await asyncio.to_thread(_scrypt, password, salt, cost, block, parallel), digest
    )


def is_old(stored: str) -> bool:
    """Whether an older backend wrote it."""
    return _OLD.fullmatch(stored) is not None


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    # OpenSSL's own memory limit is just below what these numbers need.
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=64 * 2**20)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
