"""Which backend answers a request: the only one, or the one that the rollout decides on."""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.model.errors import Unavailable
from contracts.model.http import Request
from contracts.model.roster import Person
from gateway.exchange.chain import Backend
from gateway.exchange.routes import Match
from gateway.rollout.decision import Decider

#: The backend that answers this operation for this person with this client, named by its User-Agent.
Choice = Callable[[Match, Person, str], Backend]

#: Products of a User-Agent that are a family, in the order in which they are looked for: many name others, too.
FAMILIES: Final = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}


def always(backend: Backend) -> Choice:
    """One backend answers everything."""
    return lambda match, person, agent: backend


class RolloutChoice:
    """``old`` and ``new`` are the two ends of the rollout. ``counted`` counts the decisions by their reason."""

    def __init__(
        self, decider: Decider, old: Backend, new: Backend, known: Callable[[], bool] = lambda: True
    ) -> None:
        """``known`` says whether the rules have been read; before that nobody is answered."""
        self._known = known
        self._decider = decider
        self._ends: Mapping[str, Backend] = {"from": old, "to": new}
        self.counted: dict[str, int] = {}

    def __call__(self, match: Match, person: Person, agent: str) -> Backend:
        """Decide once, from the verified token's user and the family of the client. What streams does not move."""
        if not self._known():
            raise Unavailable
        if match.operation.upload:
            return self._ends["from"]
        decision = self._decider.decide(match.operation.name, person.user_id, family_of(agent))
        self.counted[decision.why] = self.counted.get(decision.why, 0) + 1
        return self._ends[decision.side]


def agent_of(request: Request) -> str:
    """The User-Agent of a request, empty where it has none."""
    return request.headers.get("User-Agent") or ""


def family_of(agent: str) -> str:
    """The family of a client by its User-Agent; its first product where it is none of the well-known."""
    for product, family in FAMILIES.items():
        if product in agent:
            return family
    return agent.partition(" ")[0].partition("/")[0]
