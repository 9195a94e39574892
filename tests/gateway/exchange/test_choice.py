"""Who is answered by which end of a rollout, through the exchanges."""

import json
from typing import Any

import pytest

from adapters import OPERATIONS
from gateway.exchange.chain import Backend
from gateway.exchange.choice import RolloutChoice, family_of
from gateway.exchange.exchange import Exchanges
from gateway.exchange.routes import Match, Routes
from gateway.exchange.shapes import Shapes
from gateway.rollout.decision import Decider
from gateway.rollout.rules import People, Rules
from tests.support.fakes import FakeDirectory, FakeFacts, FakeTokens, FakeUpstream, ask, load_people
from tests.support.replay_legacy import OldBackend, Story

BLOCKED = "/api/chat/blocked"
BY_NAME = {row.name: row for row in OPERATIONS}


def _ends() -> tuple[OldBackend, FakeUpstream, Backend, Backend, Shapes]:
    shapes = Shapes()
    old, new = OldBackend(blocks__list={"blocked": []}), FakeUpstream([{"blocked_contacts": []}])
    facts = FakeFacts(Story())
    return (
        old,
        new,
        shapes.backend(old, "legacy", "old", facts=facts),
        shapes.backend(new, "2.1", "new"),
        shapes,
    )


@pytest.mark.parametrize("shape", ["legacy", "2.1"])
@pytest.mark.parametrize("first", [set(), {1}])
async def test_both_kinds_of_clients_on_either_backend(shape: str, first: set[int]) -> None:
    old, new, *ends, shapes = _ends()
    decider = Decider(Rules(people=People(first=frozenset(first))))
    choice = RolloutChoice(decider, *ends)
    gateway = Exchanges(
        Routes(OPERATIONS, "2.1", shapes.endpoints),
        FakeTokens(),
        FakeDirectory(),
        choice,
        shapes.clients,
        counters=shapes.counters,
    )
    query = "profile_id=5&profile_type=student" if shape == "legacy" else ""
    told = json.loads((await ask(gateway, "GET", BLOCKED, query, X_Chat_API=shape)).body)
    assert told == ({"blocked": []} if shape == "legacy" else {"blocked_contacts": []})
    assert (bool(old.sent), bool(new.sent)) == (not first, bool(first))
    decider.replace(Rules(stopped=True, people=People(first=frozenset({1}))))
    old.sent.clear()
    await ask(gateway, "GET", BLOCKED, query, X_Chat_API=shape)
    assert old.sent, "stopped: everybody is answered by the old backend"
    assert choice.counted["stopped"] == 1


def _choose(rules: Rules, operation: str, agent: str = "") -> str:
    *_, old, new, _shapes = _ends()
    choice = RolloutChoice(Decider(rules), old, new)
    return choice(Match(BY_NAME[operation], "2.1", {}), load_people()[1], agent).name


@pytest.mark.parametrize(
    ("rules", "operation", "name"),
    [
        (Rules(percent=100), "messages.list", "new"),
        (Rules(percent=0), "messages.list", "old"),
        (Rules(percent=99), "typing.set", "old"),  # lives in a backend's memory: all at once
        (Rules(percent=100), "typing.set", "new"),
        (Rules(percent=100), "media.upload", "old"),  # what streams does not move
        (Rules(percent=0, operations={"messages.list": 100}), "messages.list", "new"),
    ],
)
def test_what_goes_where(rules: Rules, operation: str, name: str) -> None:
    assert _choose(rules, operation) == name


def test_a_family_of_clients_has_a_share_of_its_own() -> None:
    rules = Rules(percent=100, clients={"Firefox": 0})
    assert _choose(rules, "messages.list", "Mozilla/5.0 Gecko/20100101 Firefox/120.0") == "old"
    assert _choose(rules, "messages.list", "Mozilla/5.0 Chrome/120.0 Safari/537.36") == "new"


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("Mozilla/5.0 (X11) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge"),
        ("Mozilla/5.0 (X11) Chrome/120.0 Safari/537.36", "Chrome"),
        ("curl/8.1", "curl"),
        ("", ""),
    ],
)
def test_the_family_of_a_client(agent: str, family: Any) -> None:
    assert family_of(agent) == family
