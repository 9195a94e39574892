"""``websocket.admit: recent``: a socket without a token, let in because of a request just before it. Off by default.

The unchanged legacy client brings no token to its socket, and on another origin no cookie either. What it does is
poll: the same browser has just sent requests with its bearer, for exactly the profile in the socket's path.

What this gives away: whoever shares a public address and a User-Agent with a user (an office, a school, a mobile
carrier's NAT) and knows the user's profile number can, while that user's chat is open, receive the user's calls and
ring others in the user's name. Not messages: those need the bearer. It is meant for a transition only.
"""

from collections import deque
from typing import Final, NamedTuple

from contracts.model.profile import Profile
from gateway.sockets.clock import Clock

RECENT_S: Final = 15.0
#: So many requests are remembered at most; the oldest are forgotten first.
REMEMBERED: Final = 50_000


class Asked(NamedTuple):
    """One authenticated legacy request: from where, as whom, and with which bearer."""

    remote: str
    user_agent: str
    profile: Profile
    user_id: int
    expires_at: float
    authorization: str
    at: float


class Recent:
    """The legacy requests of the last `RECENT_S` seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._order: deque[Asked] = deque()
        self._last: dict[tuple[str, str, Profile], dict[int, Asked]] = {}

    def note(
        self,
        remote: str,
        user_agent: str,
        profile: Profile,
        *,
        user_id: int,
        expires_at: float,
        authorization: str,
    ) -> None:
        """Remember a request whose token was verified and whose profile was admitted."""
        now = self._clock.time()
        asked = Asked(remote, user_agent, profile, user_id, expires_at, authorization, now)
        self._forget(now, room=1)
        self._order.append(asked)
        self._last.setdefault((remote, user_agent, profile), {})[user_id] = asked

    def find(self, remote: str, user_agent: str, profile: Profile) -> Asked | None:
        """The one person who asked from there under that name; None for nobody, and for two different people."""
        self._forget(self._clock.time())
        found = self._last.get((remote, user_agent, profile), {})
        return next(iter(found.values())) if len(found) == 1 and user_agent else None

    def _forget(self, now: float, room: int = 0) -> None:
        order = self._order
        while order and (now - order[0].at > RECENT_S or len(order) + room > REMEMBERED):
            old = order.popleft()
            key = old[:3]
            by_user = self._last.get(key, {})
            if by_user.get(old.user_id) is old:
                del by_user[old.user_id]
                if not by_user:
                    del self._last[key]
