"""One request to the old service: the pair that it names, its parameters, and what a refusal looks like."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from aiohttp import web

from backend.database import MAX_ROW_ID, Connection, Row
from backend.request_context import Services
from contracts.model.times import time_of

T = TypeVar("T")


class Refused(Exception):
    """An error that the old service meant; where it had a catch-all, the client sees a 500 without a text."""

    def __init__(self, status: int, detail: object) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class Role(NamedTuple):
    """A profile: ``tutor 5``."""

    type: str
    id: int


@dataclass
class OldServices(Services):
    """What lives as long as the application; ``typists`` is conversation -> role -> when its typing ends."""

    typists: dict[int, dict[Role, float]] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """A request. Parameters that are missing or wrong raise `Refused` with 422, as the old framework did."""

    request: web.Request
    connection: Connection
    services: OldServices
    raw: bytes

    @property
    def role(self) -> Role:
        """Whoever the query says that calls."""
        return Role(self.required("profile_type"), self.number("profile_id"))

    async def user_id(self) -> int:
        """The person behind the role, as the query says, else as the profile's row does. 0 for nobody."""
        if "user_id" in self.request.query:
            return self.number("user_id")
        return await owner(self.connection, self.role)

    def required(self, name: str) -> str:
        """A parameter of the query."""
        value = self.request.query.get(name)
        if value is None:
            raise Refused(422, [{"type": "missing", "loc": ["query", name], "msg": "Field required"}])
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number of the query."""
        if default is not None and name not in self.request.query:
            return default
        return _number(self.required(name), "query", name)

    def path(self, name: str) -> int:
        """An id of the path."""
        return _number(self.request.match_info[name], "path", name)

    def flag(self, name: str) -> bool:
        """A truth value of the query."""
        return self.required(name).lower() in ("true", "1", "yes", "on")

    def body(self, kind: type[T]) -> T:
        """The JSON body as that struct."""
        try:
            return msgspec.json.decode(self.raw, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(422, [{"type": "value_error", "loc": ["body"], "msg": str(error)}]) from None

    def time(self, name: str) -> datetime | None:
        """An ISO time of the query; None where there is none or it cannot be read."""
        return time_of(self.request.query.get(name))


Handler = Callable[[Call], Awaitable[Any]]


class LegacyRoute(NamedTuple):
    """One operation; ``swallows`` where the old code had a catch-all that took its own refusals, too."""

    method: str
    path: str
    handler: Handler
    swallows: bool = False


_OWNERS: Mapping[str, str] = {
    "student": "SELECT user_id FROM student_profiles WHERE id = $1",
    "tutor": "SELECT user_id FROM tutor_profiles WHERE id = $1",
    "parent": "SELECT user_id FROM parent_profiles WHERE id = $1",
    "advertiser": "SELECT user_id FROM advertiser_profiles WHERE id = $1",
}


async def owner(connection: Connection, role: Role) -> int:
    """The user id behind a profile; 0 for nobody."""
    statement = _OWNERS.get(role.type)
    found = await connection.fetchval(statement, role.id) if statement else None
    return int(found or 0)


def fields(row: Row | Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A row (or these columns of it) as the old service wrote it: times without a zone."""
    return {name: naive(row[name]) for name in (names or row.keys())}


def naive(value: Any) -> Any:
    """A time without its zone; anything else as it is."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _number(text: str, where: str, name: str) -> int:
    try:
        found = int(text)
    except ValueError:
        found = -1
    if not 0 <= found <= MAX_ROW_ID:
        what = {"type": "int_parsing", "loc": [where, name], "msg": "Input should be a valid integer"}
        raise Refused(422, [what])
    return found
