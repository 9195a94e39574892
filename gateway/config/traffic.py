"""The sections about what stands behind the gateway: the upstreams, and who is sent to which."""

from typing import Annotated, Final

from msgspec import Meta, Struct, field

from contracts.model.profile import MAX_ID
from contracts.model.shape import Shape

#: The name of the only upstream where `upstream`, the short form, is used.
ONLY: Final = "upstream"

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Id = Annotated[int, Meta(ge=1, le=MAX_ID)]


class Secret(str):
    """Text that must not be seen: its repr is `***`, and so is that of every structure around it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A group of keys; an unknown one is refused."""


class Upstream(Section, frozen=True):
    """The backend behind the gateway, and which shape it speaks."""

    url: str = "http://127.0.0.1:8000"
    api: Shape = "2.1"
    timeout_s: Seconds = 30

    @property
    def origin(self) -> str:
        """The URL without a slash at its end, to put a path behind."""
        return self.url.rstrip("/")


class RolloutPeople(Section, frozen=True):
    """Users who go to the new upstream first, and users who go last, by id."""

    first: tuple[Id, ...] = ()
    last: tuple[Id, ...] = ()


class Rollout(Section, frozen=True):
    """Between two upstreams: which one answers whom.

    Without a store these keys alone decide. ``percent`` is of people; 0 is nobody.
    """

    from_: str | None = field(name="from", default=None)
    to: str | None = None
    store: Secret | None = None
    percent: Percent = 0
    operations: dict[str, Percent | None] = field(default_factory=dict)
    people: RolloutPeople = field(default_factory=RolloutPeople)
    clients: dict[str, Percent | None] = field(default_factory=dict)
