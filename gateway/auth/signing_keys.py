"""The keys that tokens are verified with: one from the configuration, or a set that the issuer publishes.

Every key is bound to its own kind of algorithm, so that a published RSA key can never serve as an HMAC secret
(RFC 8725 section 3.1), and what is unusable refuses at start.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import jwt
from jwt import PyJWK, PyJWKClient

logger = logging.getLogger(__name__)

SYMMETRIC: Final = frozenset({"HS256", "HS384", "HS512"})
ASYMMETRIC: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
#: An unknown ``kid`` fetches the set again, but not more often than this.
COOLDOWN_S: Final = 30.0
#: The set is fetched again in the background, so that a withdrawn key stops working.
REFRESH_S: Final = 300.0
FETCH_TIMEOUT_S: Final = 5.0

Key = bytes | str | PyJWK


def configured_keys(secret: str, algorithms: Sequence[str]) -> dict[str, Key]:
    """The key of each algorithm when ``secret`` (a shared secret, or a public key as PEM) serves them all.

    Raises `ValueError` for an algorithm that is unknown or that the key does not fit: a PEM with HS256, a
    plain secret with RS256, a secret shorter than the algorithm's digest (RFC 7518 section 3.2).
    """
    for name in algorithms:
        check_algorithm(name)
        check_key(secret, name)
    return dict.fromkeys(algorithms, secret)


def check_algorithm(name: str) -> None:
    """Raise `ValueError` unless the algorithm is one that we accept; ``none`` is not."""
    if name not in SYMMETRIC | ASYMMETRIC:
        raise ValueError(f"unknown signature algorithm {name!r}")


def check_key(secret: str, name: str) -> None:
    """Raise `ValueError` unless the key fits the algorithm; the text does not contain the key."""
    algorithm = jwt.get_algorithm_by_name(name)
    try:
        weakness = algorithm.check_key_length(algorithm.prepare_key(secret))
    except (jwt.InvalidKeyError, ValueError, TypeError):
        raise ValueError(f"the configured key does not fit {name}") from None
    if weakness:
        raise ValueError(weakness)


def fetch_key_set(url: str) -> Callable[[], Sequence[PyJWK]]:
    """A blocking function that fetches the published keys; it follows no redirect.

    Raises `ValueError` for an address that is neither http nor https.
    """
    try:
        return PyJWKClient(url, cache_jwk_set=False, timeout=FETCH_TIMEOUT_S).get_signing_keys
    except jwt.PyJWKClientError:
        raise ValueError("the address of the key set must begin with http:// or https://") from None


class PublishedKeys:
    """A JSON Web Key Set, kept in memory; looking into it never waits.

    ``fetch`` blocks and runs in a thread. When the issuer is away the keys known last stay in use. Keys that
    a public set must not hold (shared secrets) are left out.
    """

    def __init__(
        self,
        fetch: Callable[[], Sequence[PyJWK]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, PyJWK] | None = None
        self._tried_at = -COOLDOWN_S
        self._fetching: asyncio.Task[None] | None = None
        self._background: asyncio.Task[None] | None = None
        self.on_change: Callable[[], None] | None = None
        self.failed = True
        self.fetches = 0

    def find(self, kid: str, algorithm: str) -> PyJWK | None:
        """The published key of that name, when it is a key for exactly that algorithm."""
        key = (self._keys or {}).get(kid)
        return key if key is not None and key.algorithm_name == algorithm else None

    @property
    def may_refresh(self) -> bool:
        """Whether asking the issuer (or waiting for an answer already asked for) could bring news."""
        return self._fetching is not None or self._clock() - self._tried_at >= COOLDOWN_S

    def request(self) -> asyncio.Task[None]:
        """Ask the issuer in the background, or go on asking; needs a running event loop."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch_once())
        return self._fetching

    async def refresh(self) -> None:
        """Ask the issuer; those who come meanwhile wait for the same answer. Does not raise: see `failed`."""
        # Not wait_for: before Python 3.12 it may swallow a cancellation.
        await asyncio.wait([self.request()], timeout=2 * FETCH_TIMEOUT_S)

    async def start(self) -> None:
        """Fetch now and then every `REFRESH_S` seconds, without waiting for it here."""
        self._background = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        """End the background work; a fetch that still blocks ends by its own timeout."""
        for task in (self._background, self._fetching):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _keep_fresh(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(COOLDOWN_S if self.failed else REFRESH_S)

    async def _fetch_once(self) -> None:
        self._tried_at = self._clock()
        self.fetches += 1
        try:
            keys = await asyncio.to_thread(self._fetch)
        except Exception as failure:  # whatever the issuer sends, the keys known last stay
            self.failed = True
            logger.warning("the key set cannot be fetched: %s", type(failure).__name__)
        else:
            self.failed = False
            self._keys = {key.key_id: key for key in keys if key.key_id and key.algorithm_name in ASYMMETRIC}
            if self.on_change is not None:
                self.on_change()
        finally:
            self._fetching = None
