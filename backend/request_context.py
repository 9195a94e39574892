"""One call of one operation, as its function sees it: the caller, the parameters and body, and the connection."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Any, NamedTuple, TypeVar

import msgspec
from aiohttp import web

from backend.database import Connection, Pool, row_id
from backend.services.addresses import Addresses
from backend.services.attempts import Attempts
from backend.services.storage import Storage
from backend.services.texts import Texts
from contracts.model.errors import InvalidRequest, InvalidValue
from contracts.model.profile import parse_id
from contracts.model.times import time_of

T = TypeVar("T")


Mail = Callable[[str, str, str], Awaitable[None]]


@dataclass
class Services:
    """What lives as long as the application. ``clock`` gives seconds, for state that expires."""

    pool: Pool
    secret: str
    texts: Texts
    storage: Storage
    addresses: Addresses
    attempts: Attempts
    clock: Callable[[], float] = time.monotonic
    #: sends a mail: address, subject, text; None where nobody can
    mail: Mail | None = None
    #: counts the mails to a person
    mails: Attempts = field(default_factory=lambda: Attempts(time.monotonic))
    #: RTCIceServer dictionaries for browsers
    ice_servers: Sequence[dict[str, object]] = ()
    #: conversation -> typing person -> when that ends, in ``clock`` seconds
    typing: dict[int, dict[int, float]] = field(default_factory=dict)


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)


@dataclass(slots=True)
class RequestContext:
    """A request whose caller is known. Values that are wrong raise, and the error names their place."""

    request: web.Request
    user_id: int
    connection: Connection
    services: Services
    raw: bytes

    @property
    def remote(self) -> str | None:
        """The client's address. A gateway on this machine says for whom it asks; from elsewhere nobody is believed."""
        peer = self.request.remote
        statement = self.request.headers.get("X-Forwarded-For", "").partition(",")[0].strip()
        try:
            return str(ip_address(statement)) if peer and ip_address(peer).is_loopback else peer
        except ValueError:
            return peer

    def path_id(self, name: str) -> int:
        """An id in the path. One that no row can have is 0, which finds nothing."""
        return row_id(parse_id(self.request.match_info[name], f"$.path.{name}"))

    def number(self, name: str, default: int, highest: int | None = None) -> int:
        """A whole number from 0 to ``highest`` in the query."""
        text = self.request.query.get(name)
        if text is None:
            return default
        if (
            not (text.isascii() and text.isdigit())
            or len(text) > 18
            or (highest is not None and int(text) > highest)
        ):
            upper = "" if highest is None else f" to {highest}"
            raise InvalidValue(f"must be a whole number from 0{upper}", place=f"$.query.{name}")
        return int(text)

    def page(self, default: int = 50, highest: int = 100) -> tuple[int, int]:
        """``limit`` and ``offset`` in the query."""
        return self.number("limit", default, highest), self.number("offset", 0)

    def id(self, name: str) -> int | None:
        """An id in the query, or None."""
        text = self.request.query.get(name)
        return None if text is None else row_id(parse_id(text, f"$.query.{name}"))

    def text(self, name: str, default: str = "", longest: int | None = None) -> str:
        """A text in the query."""
        text = self.request.query.get(name, default)
        if longest is not None and len(text) > longest:
            raise InvalidValue(f"must have at most {longest} characters", place=f"$.query.{name}")
        return text

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """One of the allowed texts in the query."""
        text = self.request.query.get(name, default)
        if text not in allowed:
            raise InvalidValue(f"must be one of {', '.join(allowed)}", place=f"$.query.{name}")
        return text

    def flag(self, name: str, *, default: bool) -> bool:
        """A truth value in the query: true or false (also 1 and 0)."""
        text = self.choice(name, str(default).lower(), ("true", "false", "1", "0", "True", "False"))
        return text.lower() in ("true", "1")

    def time(self, name: str) -> datetime | None:
        """An ISO time in the query; None when absent or unreadable (as documented). Without zone it is UTC."""
        return time_of(self.request.query.get(name))

    def body(self, kind: type[T]) -> T:
        """The JSON body as that struct. Unknown keys are ignored."""
        try:
            return msgspec.json.decode(self.raw, type=kind)
        except msgspec.ValidationError as error:
            statement, _, place = str(error).partition(" - at `$")
            raise InvalidValue(statement, place=f"$.body{place.rstrip('`')}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidRequest("is not JSON", place="$.body") from error


Operation = Callable[[RequestContext], Awaitable[Any]]


class Route(NamedTuple):
    """One operation: where it is and what answers. The answer is a value that becomes JSON, or a ready response."""

    method: str
    path: str
    operation: Operation


def as_json(value: object, status: int = 200) -> web.Response:
    """A JSON answer; times in UTC end in Z."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def done(message: str, **more: object) -> dict[str, object]:
    """The answer of an operation that only does something."""
    return {"success": True, "message": message, **more}
