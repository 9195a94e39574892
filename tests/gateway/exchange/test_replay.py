"""A list that was asked before: its answer is the translation from nothing, byte for byte, whatever has changed."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from multidict import CIMultiDict

from contracts.model.errors import GatewayError, UpstreamFailed
from contracts.model.http import JSON, Headers, Request, Response
from gateway.exchange.exchange import Exchanges
from gateway.exchange.prepared import Again
from tests.support.fakes import FakeAsked, FakeDirectory, ask_again, exchanges, load_people

CALLERS = {1: "profile_id=5&profile_type=student&user_id=1", 2: "user_id=2&profile_id=2&profile_type=user"}
LIST, PRESENCE = "/api/chat/conversations", "/api/chat/users/online-status"
KEYS = "profile_ids=student_5,tutor_5,parent_5,tutor_999"
STEPS = 60


class World:
    """An upstream and a database that change. What is asked is answered by its target alone."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.directory = FakeDirectory()
        self.rows: dict[int, list[dict[str, Any]]] = {user: [self.row()] for user in CALLERS}
        self.contacts: dict[int, list[int]] = {user: [2, 3] for user in CALLERS}
        self.online = {1: True, 3: False}
        self.relations: dict[int, list[dict[str, Any]]] = {user: [] for user in CALLERS}
        self.failing: set[str] = set()
        self.asked = 0

    def row(self) -> dict[str, Any]:
        chance = self.chance
        other = chance.choice([1, 2, 3, 4, 77])
        return {
            "id": chance.randrange(10**17),
            "type": chance.choice(["direct", "direct", "group"]),
            "name": chance.choice([None, "Größe", "\U0001f600"]),
            "created_by_user_id": other,
            "unread_count": chance.randrange(3),
            "other_user": {
                "user_id": other,
                "name": f"N{other}",
                "avatar": None,
                "online": chance.random() < 0.5,
            },
            "last_message": chance.choice([None, {"id": 1, "sender_user_id": other, "created_at": "t"}]),
        }

    def change(self) -> None:
        """One thing, or nothing."""
        chance, user = self.chance, self.chance.choice(list(CALLERS))
        rows = self.rows[user]
        match chance.randrange(16):
            case 0:
                rows.insert(0, self.row())
            case 1 if rows:
                rows.pop(chance.randrange(len(rows)))
            case 2:
                chance.shuffle(rows)
            case 3:
                self.contacts[user] = chance.sample([1, 2, 3, 4], chance.randrange(4))
            case 4:
                someone = chance.choice([1, 2, 3, 4])
                person = load_people()[someone]
                self.directory.everybody[someone] = person._replace(first_name=f"F{chance.randrange(99)}")
            case 5:
                someone = chance.choice([3, 4])
                if self.directory.everybody.pop(someone, None) is None:
                    self.directory.everybody[someone] = load_people()[someone]
            case 6:
                self.failing ^= {chance.choice(["contacts", "relations"])}
            case 7:
                kept = {
                    "user_id": 4,
                    "kind": "family-parent",
                    "status": None,
                    "role": None,
                    "id": 1,
                    "at": "t",
                }
                self.relations[user] = chance.choice([[], [kept]])
            case 8:
                self.online = {user: chance.random() < 0.5 for user in (1, 2, 3)}
            case _:
                self.failing.clear()

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        self.asked += 1
        path, _, query = target.partition("?")
        name, asked = path.rpartition("/")[2], dict(part.split("=") for part in query.split("&"))
        await asyncio.sleep(0)
        if name in self.failing:
            raise UpstreamFailed
        user = int(asked["user_id"])
        answer: Any = {
            "conversations": self.rows[user],
            "contacts": {"contacts": [self.contact(other) for other in self.contacts[user]]},
            "online-status": {"statuses": [self.status(other) for other in self.online]},
        }[name]
        return Response(200, JSON, json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode())

    def contact(self, other: int) -> dict[str, Any]:
        found = {"connection_id": other, "connected_at": "t", "user_id": other, "name": f"N{other}"}
        return found | {"avatar": None, "is_online": True, "conversation_id": None}

    def status(self, other: int) -> dict[str, Any]:
        found = {"user_id": other, "is_online": self.online[other], "last_seen": None}
        return found | {"online_hidden": False, "last_seen_hidden": False}

    def start(self, method: str, target: str, headers: Headers) -> bytes:
        return f"{method} {target}\n".encode()

    def ask(self, message: bytes, told: Callable[[], None]) -> FakeAsked:
        return FakeAsked(self.deliver("GET", message), told)

    async def deliver(self, method: str, message: bytes) -> Response:
        target = message.split(b"\n")[0].decode().split(" ")[1]
        return await self.send(method, target, [], b"")

    # The database.

    async def read(self, name: str, *, user_id: int, **_: Any) -> list[dict[str, Any]]:
        return [] if name in self.failing else self.relations[user_id]

    def peek(self, name: str, *, user_id: int, **_: Any) -> list[dict[str, Any]] | None:
        return None if name in self.failing else self.relations[user_id]


def request_of(user: int, path: str) -> Request:
    fields = CIMultiDict({"Authorization": f"Bearer {user}"})
    query = CALLERS[user] if path == LIST else f"{CALLERS[user]}&{KEYS}"
    return Request("GET", path, query, fields, b"", "id")


async def outcome(answering: Any) -> Any:
    try:
        response = await asyncio.wait_for(answering, 30)
    except GatewayError as error:
        return type(error)
    return response.status, response.body


async def from_nothing(world: World, user: int, path: str, keeper: Exchanges | None = None) -> Any:
    gateway = keeper or exchanges(world, world.directory, reads=world)
    request = request_of(user, path)
    plan = gateway.plan("GET", path, request.query, request.headers)
    plan.keep = keeper is not None
    return await outcome(gateway.answer(plan, request)), plan.again


@pytest.mark.parametrize("path", [LIST, PRESENCE])
@pytest.mark.parametrize("seed", range(12))
async def test_it_is_the_translation_from_nothing(seed: int, path: str) -> None:
    world = World(seed)
    gateway = exchanges(world, world.directory, reads=world)
    known: dict[int, Again] = {}
    for _ in range(STEPS):
        world.change()
        for user in CALLERS:
            expected, _ = await from_nothing(world, user, path)
            again = known.get(user)
            if again is not None and gateway.is_current(again):
                told = await outcome(ask_again(gateway, again, request_of(user, path)))
            else:
                told, kept = await from_nothing(world, user, path, gateway)
                if isinstance(told, tuple) and kept is not None:
                    known[user] = kept
            assert told == expected
    assert gateway._replays.repeated > STEPS / 6


async def test_what_has_come_is_not_asked_again() -> None:
    world = World(0)
    gateway = exchanges(world, world.directory, reads=world)
    _, again = await from_nothing(world, 1, LIST, gateway)
    for changed in (False, True):
        if changed:
            world.rows[1].insert(0, world.row())
        world.asked = 0
        await ask_again(gateway, again, request_of(1, LIST))
        assert world.asked == 2
    assert gateway._replays.repeated == 1


async def test_whoever_asks_for_something_else_is_asked_that_the_next_time() -> None:
    """The profiles' owners decide what is asked."""
    world = World(0)
    gateway = exchanges(world, world.directory, reads=world)
    _, again = await from_nothing(world, 1, PRESENCE, gateway)
    before = dict(again.way.messages)
    del world.directory.everybody[4]
    expected, _ = await from_nothing(world, 1, PRESENCE)
    assert await outcome(ask_again(gateway, again, request_of(1, PRESENCE))) == expected
    assert again.way.messages.keys() != before.keys()
    assert await outcome(ask_again(gateway, again, request_of(1, PRESENCE))) == expected
    assert gateway._replays.repeated == 1


async def test_a_slow_side_source_does_not_cost_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.exchange.repeated.ALL_WITHIN_S", 0.01)
    monkeypatch.setattr("adapters.optional.WAIT_S", 0.01)
    world = World(0)
    gateway = exchanges(world, world.directory, reads=world)
    _, again = await from_nothing(world, 1, LIST, gateway)
    world.failing = {"contacts"}
    expected, _ = await from_nothing(world, 1, LIST)
    world.failing = set()
    ended, send = asyncio.Event(), world.send

    async def slow(method: str, target: str, headers: Headers, body: bytes) -> Response:
        if "contacts" in target:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                ended.set()
        return await send(method, target, headers, body)

    monkeypatch.setattr(world, "send", slow)
    assert await outcome(ask_again(gateway, again, request_of(1, LIST))) == expected
    assert ended.is_set()


async def test_answers_are_compared_with_those_to_the_same_question() -> None:
    """Whoever answered first the last time; and what was asked is told apart also where two have answered the same."""
    world = World(0)
    gateway = exchanges(world, world.directory, reads=world)
    _, again = await from_nothing(world, 1, LIST, gateway)
    assert gateway.knowledge is not None
    [kept] = gateway._replays.kept._new.values()
    turned = dict(reversed(kept.answers.items()))
    assert again.way.again(turned, gateway.knowledge) == kept.response
    swapped = dict(zip(kept.answers, reversed(kept.answers.values()), strict=True))
    assert again.way.again(swapped, gateway.knowledge) is None
    assert again.way.again({}, gateway.knowledge) is None
