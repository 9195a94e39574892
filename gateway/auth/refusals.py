"""Why a token is not accepted: for logs and metrics. The client only learns that it was not."""

import logging
from collections.abc import Mapping
from typing import Final, Literal, get_args

from contracts.model.errors import Unauthenticated

_log: Final = logging.getLogger("gateway.auth.tokens")
#: Why a token is not accepted.
Reason = Literal["missing", "malformed", "algorithm", "key", "signature", "claims", "kind", "time", "subject"]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
#: What to look at first, by reason.
_HINTS: Final[Mapping[Reason, str]] = {
    "signature": "auth.secret is not the one that the tokens are signed with",
    "algorithm": "auth.algorithms does not list the tokens' algorithm",
    "key": "auth.jwks_url does not publish the tokens' key, or shared secrets are used with a key id",
    "kind": "tokens of administrators, advertisers or refresh tokens are no user tokens",
    "time": "the tokens have expired, or the clocks differ (auth.leeway_s)",
}


class Refused(Unauthenticated):
    """A token that is not accepted. ``reason`` is for logs and metrics; the client is not told which it was."""

    def __init__(self, reason: Reason, message: str = "") -> None:
        super().__init__(message or Unauthenticated.default)
        self.reason = reason


def log_first(reason: Reason) -> None:
    """Log the first refusal of its kind, with what to look at. No token at all is nothing to log."""
    if reason != "missing":
        _log.warning("tokens are refused", extra={"reason": reason, "hint": _HINTS.get(reason, "")})
