"""The sections about what stands behind the gateway: the upstreams, and who is sent to which."""

from datetime import datetime
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

    Without a store these keys alone decide. ``percent`` is of people; 0 is nobody. ``local_dir`` is where the processes
    of a machine hear of a stop without the store.
    """

    from_: str | None = field(name="from", default=None)
    to: str | None = None
    store: Secret | None = None
    percent: Percent = 0
    operations: dict[str, Percent | None] = field(default_factory=dict)
    people: RolloutPeople = field(default_factory=RolloutPeople)
    clients: dict[str, Percent | None] = field(default_factory=dict)
    local_dir: str | None = None


class Compare(Section, frozen=True):
    """For which share of the requests the other upstream is asked too, within which budget.

    ``ignore`` holds declared differences: an operation and a place, ``contacts.list $.contacts[].is_online``.
    """

    percent: Percent = 0
    concurrency: Annotated[int, Meta(ge=1, le=1000)] = 8
    budget_per_s: Annotated[float, Meta(gt=0, le=10_000)] = 50
    timeout_s: Seconds = 5
    noise_percent: Percent = 10
    marks_read: bool = False
    ignore: tuple[str, ...] = ()


class Ledger(Section, frozen=True):
    """How long it is remembered who used the legacy shape."""

    keep_days: Annotated[int, Meta(ge=1, le=4000)] = 400


class Verdict(Section, frozen=True):
    """When the next step is safe.

    ``allowed`` holds what does not count: a person (``user 5``), a family of clients (``Firefox``), an operation, or
    an operation and a place.
    """

    min_compared: Annotated[int, Meta(ge=1)] = 1000
    max_differences: Annotated[int, Meta(ge=0)] = 0
    p99_ratio: Annotated[float, Meta(ge=1, le=100)] = 1.25
    error_margin: Annotated[float, Meta(ge=0, le=1)] = 0.001
    legacy_silent_days: Annotated[int, Meta(ge=1, le=400)] = 35
    allowed: tuple[str, ...] = ()


class Brownout(Section, frozen=True):
    """A window in which a share of the legacy people is told already that the shape is gone; the end is not in it."""

    from_: Annotated[datetime, Meta(tz=True)] = field(name="from")
    to: Annotated[datetime, Meta(tz=True)]
    percent: Percent
