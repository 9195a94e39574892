"""One request and one answer as plain values, so that nothing below the server needs a socket."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Headers = Sequence[tuple[str, str]]


class Request(NamedTuple):
    """What a client asked. ``path`` and ``query`` are as received: still percent-encoded, no leading ``?``.

    ``headers`` is a case-insensitive mapping that gives the first value of a name; ``body`` is complete.
    ``remote`` is the client's address after trusted hops. ``waits`` collects the seconds of every wait for the
    upstream on behalf of this request; None where nobody counts them.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str = ""
    remote: str = ""
    waits: list[float] | None = None


class Response(NamedTuple):
    """What is answered. ``headers`` hold neither hop-by-hop names nor Content-Length; ``body`` is complete."""

    status: int
    headers: Headers
    body: bytes


JSON: Headers = (("Content-Type", "application/json"),)
