"""The demo's wire: what each client asked and what the gateway made of it, for the person who asked, and nobody else.

The gateway's observer hands over every exchange; `Bus` scrubs it, and gives it to the streams of the same user.
Slow readers lose the oldest entries, never the gateway's time.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlencode

import msgspec

#: Parameters and keys that are never shown, whatever they hold.
SECRETS: Final = frozenset(
    {
        "token", "access_token", "refresh_token", "authorization", "password", "current_password",
        "new_password", "old_password", "otp", "code", "secret",
    }
)  # fmt: skip
HIDDEN: Final = "•••"
LARGEST_BODY: Final = 16_384
WAITING: Final = 256


class Sent(Protocol):
    """One request to the upstream."""

    @property
    def method(self) -> str:
        """GET."""

    @property
    def target(self) -> str:
        """Path and query."""

    @property
    def body(self) -> bytes:
        """As it left."""


class Asked(Protocol):
    """The client's request."""

    @property
    def method(self) -> str:
        """GET."""

    @property
    def path(self) -> str:
        """Still percent-encoded."""

    @property
    def query(self) -> str:
        """Without the question mark."""

    @property
    def body(self) -> bytes:
        """As it came."""


class Seen(Protocol):
    """What the gateway's observer gets; see `gateway.exchange.observation`."""

    @property
    def user_id(self) -> int:
        """The token's user."""

    @property
    def shape(self) -> str:
        """The client's shape."""

    @property
    def operation(self) -> str:
        """`messages.send`."""

    @property
    def request(self) -> Asked:
        """As asked."""

    @property
    def passed(self) -> Sequence[Sent]:
        """As passed on."""

    @property
    def status(self) -> int:
        """As sent to the client."""

    @property
    def seconds(self) -> float:
        """From the request's head to the answer."""


class Line(msgspec.Struct, frozen=True):
    """One request as the page shows it."""

    method: str
    target: str
    body: Any


class Entry(msgspec.Struct, frozen=True):
    """One exchange as the page shows it."""

    id: int
    shape: str
    operation: str
    asked: Line
    sent: tuple[Line, ...]
    status: int
    ms: float


def scrub_target(target: str) -> str:
    """The target with every secret's value hidden; all else keeps its text."""
    path, mark, query = target.partition("?")
    if not mark:
        return path
    pairs = parse_qsl(query, keep_blank_values=True)
    if not any(name.lower() in SECRETS for name, _ in pairs):
        return target
    return (
        f"{path}?{urlencode([(name, HIDDEN if name.lower() in SECRETS else value) for name, value in pairs])}"
    )


def scrub_body(body: bytes) -> Any:
    """The JSON value with every secret hidden, at any depth. What is no JSON, or long, is only measured.

    A string alone is a password: some backends take one so, and nothing else.
    """
    if not body:
        return None
    if len(body) > LARGEST_BODY:
        return f"{len(body)} bytes"
    try:
        value = msgspec.json.decode(body)
        return HIDDEN if isinstance(value, str) else _scrub(value)
    except msgspec.DecodeError:
        return f"{len(body)} bytes"


def _scrub(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: HIDDEN if name.lower() in SECRETS else _scrub(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_scrub(inner) for inner in value]
    return value


def _line(method: str, target: str, body: bytes) -> Line:
    return Line(method, scrub_target(target), scrub_body(body))


def entry(number: int, seen: Seen) -> Entry:
    """An observation as the page shows it, without secrets and without answers."""
    request = seen.request
    target = f"{request.path}?{request.query}" if request.query else request.path
    sent = tuple(_line(one.method, one.target, one.body) for one in seen.passed)
    asked = _line(request.method, target, request.body)
    return Entry(number, seen.shape, seen.operation, asked, sent, seen.status, round(seen.seconds * 1000, 3))


class Bus:
    """From the observer to the streams. One event loop only."""

    def __init__(self, waiting: int = WAITING) -> None:
        self._waiting = waiting
        self._numbers = count(1)
        self._readers: dict[int, set[asyncio.Queue[bytes | None]]] = {}

    def publish(self, seen: Seen) -> None:
        """The gateway's observer. Costs nothing while nobody looks."""
        readers = self._readers.get(seen.user_id)
        if not readers:
            return
        text = msgspec.json.encode(entry(next(self._numbers), seen))
        for queue in readers:
            _put(queue, text)

    def close(self) -> None:
        """End all streams: None is the last thing that they give."""
        for queue in [queue for readers in self._readers.values() for queue in readers]:
            _put(queue, None)

    @contextlib.contextmanager
    def reading(self, user_id: int) -> Iterator[asyncio.Queue[bytes | None]]:
        """A queue of this user's entries as JSON, from now on."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(self._waiting)
        readers = self._readers.setdefault(user_id, set())
        readers.add(queue)
        try:
            yield queue
        finally:
            readers.discard(queue)
            if not readers:
                self._readers.pop(user_id, None)


def _put(queue: asyncio.Queue[bytes | None], item: bytes | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(item)
