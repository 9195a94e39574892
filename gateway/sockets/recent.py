"""``websocket.admit: recent``: a socket without a token, let in because of a request just before it. Off by default.

The unchanged clients bring no token to their sockets, and on another origin no cookie either. What they do is ask: the
same browser, on the same page, has just sent requests with its bearer. Every one of them counts, also one that streams
through to the backend (``/api/me``) and one that names no profile.

What this gives away: whoever shares a public address and a User-Agent with a user (an office, a school, a mobile
carrier's NAT) and knows the user's number can, while that user's page is open, receive the user's calls and ring others
in the user's name. Not messages: those need the bearer. It is meant for a transition only.
"""

import hashlib
from collections import OrderedDict
from typing import Final, NamedTuple

from gateway.sockets.clock import Clock

RECENT_S: Final = 15.0
#: So many people are remembered at most, those who asked last, each at so many places.
PEOPLE: Final = 50_000
PLACES: Final = 16


class Place(NamedTuple):
    """Where a request came from: the client's address, its User-Agent, and the page's Origin in lower case."""

    remote: str
    user_agent: str
    page: str

    @property
    def digest(self) -> bytes:
        """As it is remembered: a client cannot make us keep long texts."""
        return hashlib.blake2b("\n".join(self).encode("utf-8", "surrogateescape"), digest_size=16).digest()


class Asked(NamedTuple):
    """An authenticated request: when its token ends, the bearer, and the time of the request (unix seconds)."""

    expires_at: float
    authorization: str
    at: float


class Recent:
    """Who asked within the last `RECENT_S` seconds, and from where."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._people: OrderedDict[int, OrderedDict[bytes, Asked]] = OrderedDict()

    def note(self, place: Place, user_id: int, *, expires_at: float, authorization: str) -> None:
        """Remember a request whose token was verified; it renews what was remembered."""
        now = self._clock.time()
        places = self._people.setdefault(user_id, OrderedDict())
        self._people.move_to_end(user_id)
        places[place.digest] = Asked(expires_at, authorization, now)
        places.move_to_end(place.digest)
        if len(places) > PLACES:
            places.popitem(last=False)
        self._forget(now)

    def find(self, place: Place, user_id: int) -> Asked | None:
        """This person's last request from there; None when it is too old, or when the browser does not say its name."""
        places = self._people.get(user_id)
        asked = places.get(place.digest) if places else None
        if asked is None or not place.user_agent or self._clock.time() - asked.at > RECENT_S:
            return None
        return asked

    def _forget(self, now: float) -> None:
        people = self._people
        while people:
            user_id, places = next(iter(people.items()))
            newest = next(reversed(places.values()))
            if len(people) <= PEOPLE and now - newest.at <= RECENT_S:
                return
            del people[user_id]
