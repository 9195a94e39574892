"""Which web pages may read our answers: configured here, or left to the upstream, but never sent twice.

With no origins configured everything of the upstream's passes, preflights included. With origins the upstream's
fields are dropped and ours are set once, on errors of the gateway too: a browser hides an answer without them.
"""

from collections.abc import Mapping
from typing import Final

from contracts.model.errors import InvalidRequest
from contracts.model.http import Headers, Response

_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_ASKED: Final = "Authorization, Content-Type, X-Chat-API"
_EXPOSED: Final = "X-Request-Id, Deprecation, Sunset, Link, Retry-After"
_MAX_AGE_S: Final = "600"
_PREFIX: Final = "access-control-"


class Cors:
    """The rules for a fixed set of origins, each as browsers send it (``https://host``)."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = frozenset(origins)
        self.configured = bool(origins)
        self._simple: dict[str, Headers] = {origin: _for_origin(origin) for origin in origins}

    def is_preflight(self, method: str, headers: Mapping[str, str]) -> bool:
        """Whether to answer this request with `preflight`."""
        return (
            self.configured
            and method == "OPTIONS"
            and "Origin" in headers
            and "Access-Control-Request-Method" in headers
        )

    def preflight(self, headers: Mapping[str, str]) -> Response:
        """The answer to a preflight; it needs no token. Raises `InvalidRequest` for an unlisted origin."""
        origin = headers["Origin"]
        if origin not in self._origins:
            raise InvalidRequest("Disallowed CORS origin")
        fields = [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", _METHODS),
            ("Access-Control-Allow-Headers", _ASKED),
            ("Access-Control-Max-Age", _MAX_AGE_S),
            ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
        ]
        return Response(204, fields, b"")

    def fields(self, origin: str | None) -> Headers:
        """What an answer to a page of this origin carries. `Vary` is on every answer: caches must not mix them."""
        if not self.configured:
            return ()
        return self._simple.get(origin or "", _VARY)

    def is_ours(self, name: str) -> bool:
        """Whether the upstream's field of this name is dropped because we say it."""
        return self.configured and name.lower().startswith(_PREFIX)


_VARY: Final[Headers] = (("Vary", "Origin"),)


def _for_origin(origin: str) -> Headers:
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", _EXPOSED),
        *_VARY,
    )
