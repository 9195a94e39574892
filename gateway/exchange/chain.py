"""From the client's shape to the upstream's: the links between neighbours, connected once at start.

A `Stage` answers a request that is written in its shape. The last stage asks the upstream; each other stage stands
for one link: it translates the request to the neighbouring shape, asks the stage behind it, and translates the
response back. Nothing here knows a shape by name.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeGuard

from contracts.model.document import Document
from contracts.model.errors import GatewayError
from contracts.model.http import Request, Response
from contracts.model.identity import Admitted
from contracts.model.roster import Caller, Person
from contracts.model.shape import SHAPES, Link, Shape, way
from contracts.operation import Operation
from gateway.exchange.exchange_context import ExchangeContext, Named
from gateway.exchange.protocols import Repeating
from gateway.exchange.sources import Knowledge


def never(answer: Response, knowledge: Knowledge) -> Response | None:
    """No answer is known to be the last one."""
    return None


class Prepared(NamedTuple):
    """A request to the upstream without its fields, and what makes the response of its answer.

    ``finish`` takes answers of every status; it raises `GatewayError` for a refusal. ``again`` gives the response to an
    answer that is the last one; None for any other.
    """

    method: str
    target: str
    finish: Callable[[Response, ExchangeContext], Awaitable[Response]]
    again: Callable[[Response, Knowledge], Response | None] = never


class Stage(Protocol):
    """Answers requests in one shape."""

    async def ask(self, operation: Operation, document: Document, context: ExchangeContext) -> Response:
        """The successful response. Raises `GatewayError`."""


class Preparing(Stage, Protocol):
    """A stage that can tell beforehand what the upstream will be asked."""

    def prepare(self, operation: Operation, document: Document, context: ExchangeContext) -> Prepared | None:
        """What the upstream is asked, when that follows from the request alone; else None. Takes the document."""

    def replays(self, operation: Operation) -> bool:
        """Whether the response follows from the request and its `gateway.exchange.sources` alone."""


def prepares(stage: Stage) -> TypeGuard[Preparing]:
    """Whether it is one."""
    return hasattr(stage, "prepare")


class LastStage(Stage, Protocol):
    """Asks an upstream that speaks the stage's shape."""

    def upload_target(self, operation: Operation, document: Document, named: Named) -> str:
        """The upstream's path and query for an upload. `Unsupported` where it takes none."""

    def refusal(self, response: Response) -> GatewayError:
        """What a refusing response of the upstream (400 or above) becomes."""


class Client(Protocol):
    """What is particular to the requests of clients that speak one shape."""

    def admit(self, request: Request, operation: Operation, document: Document, person: Person) -> Admitted:
        """Who calls, under which name; what the request says of it is taken out. `Forbidden` for somebody else."""

    def note(self, request: Request, caller: Caller) -> None:
        """A request whose caller is named by role, which `admit` does not see again."""

    def own_answer(self, operation: Operation, document: Document) -> Response | None:
        """The answer where no upstream needs to be asked."""


class Translations(NamedTuple):
    """A link's two directions: each makes the stage of a shape from the stage of its neighbour."""

    to_newer: Callable[[Any], Stage]
    to_older: Callable[[Any], Stage]


def connect(client: Shape, upstream: Shape, links: Mapping[Link, Translations], last: LastStage) -> Stage:
    """The stage for the client's shape, in front of an upstream that is asked by ``last``."""
    stage: Stage = last
    for step in reversed(way(client, upstream)):
        directions = links[step.link]
        stage = (directions.to_newer if step.to_newer else directions.to_older)(stage)
    return stage


@dataclass(frozen=True, slots=True)
class Backend:
    """An upstream with its name and shape. ``stages`` holds where a request enters, by the client's shape."""

    name: str
    shape: Shape
    upstream: Repeating
    last: LastStage
    stages: Mapping[Shape, Stage]

    @classmethod
    def connected(
        cls, name: str, shape: Shape, upstream: Repeating, last: LastStage, links: Mapping[Link, Translations]
    ) -> "Backend":
        """A backend that clients of every shape can use."""
        stages = {client: connect(client, shape, links, last) for client in SHAPES}
        return cls(name, shape, upstream, last, stages)
