"""In every order of changes, questions and late answers: whoever asks after a change was heard gets it."""

import asyncio
import json
from collections.abc import Collection
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.model.errors import Unavailable
from contracts.model.profile import Profile
from contracts.model.roster import Found
from gateway.directory.directory import Directory
from gateway.directory.query import USER_FACTS, Row
from gateway.directory.source import Source
from tests.gateway.directory.world import Clock

USERS, TUTORS = (1, 2, 3), (5, 6)
PROFILES = [Profile("tutor", number) for number in TUTORS]


class World(Source):
    """Tables in memory. An answer is read when it is asked for, and arrives when the test lets it."""

    def __init__(self) -> None:
        super().__init__("postgresql://nowhere.invalid/x", ["tutor"], with_users=True)
        self.names = dict.fromkeys(USERS, 0)
        self.owners: dict[int, int | None] = {5: 1, 6: None}
        self.late: list[asyncio.Future[None]] = []
        self.away = False

    async def read(self, profiles: Collection[Profile], users: Collection[int]) -> list[Row]:
        rows = self.rows({*users, *(self.owners[profile.id] for profile in profiles)} - {None})
        late = asyncio.get_running_loop().create_future()
        self.late.append(late)
        await late
        if self.away:
            raise Unavailable
        return rows

    def rows(self, users: Collection[int | None]) -> list[Row]:
        rows: list[Row] = []
        for user_id in users:
            facts: dict[str, Any] = {"user_id": user_id} | dict.fromkeys(USER_FACTS)
            facts["first_name"] = str(self.names[user_id])  # type: ignore[index]
            none = {"type": None, "profile_id": None, "username": None, "role_active": None}
            rows.append(facts | none)
            for number, owner in self.owners.items():
                if owner == user_id:
                    rows.append(facts | none | {"type": "tutor", "profile_id": number})
        return rows

    def truth(self) -> tuple[dict[Profile, int | None], dict[int, str]]:
        owners = {profile: self.owners[profile.id] for profile in PROFILES}
        return owners, {user_id: str(version) for user_id, version in self.names.items()}


def told(found: Found) -> tuple[dict[Profile, int | None], dict[int, str]]:
    names = {user_id: found.people[user_id].first_name or "" for user_id in USERS}  # type: ignore[union-attr]
    return dict(found.owners), names


class Run:
    """One order of events. History keeps the truth after every change, to compare late answers with."""

    def __init__(self) -> None:
        self.world, self.clock = World(), Clock()
        self.directory = Directory([self.world], listen=False, max_age_s=300, stale_s=600, clock=self.clock)
        self.history = [self.world.truth()]
        self.asked: list[tuple[int, asyncio.Task[Found]]] = []

    def say(self, users: set[int | None], profiles: list[str]) -> None:
        self.history.append(self.world.truth())
        self.directory.hear(json.dumps({"users": sorted(users - {None}), "profiles": profiles}))  # type: ignore[type-var]

    async def step(self, kind: str, one: int, other: int) -> None:
        user, tutor = USERS[one % 3], TUTORS[other % 2]
        if kind == "rename":
            self.world.names[user] += 1
            self.say({user}, [])
        elif kind == "move":
            before, after = self.world.owners[tutor], (None, *USERS)[one % 4]
            self.world.owners[tutor] = after
            self.say({before, after}, [f"tutor:{tutor}"])
        elif kind == "unclear":
            self.world.names[user] += 1
            self.history.append(self.world.truth())
            self.directory.hear("?")
        elif kind == "gap":
            self.directory.expire()
        elif kind == "age":
            self.clock.now += 301
        elif kind == "ask":
            since = len(self.history) - 1
            self.asked.append((since, asyncio.create_task(self.directory.find(PROFILES, USERS))))
        elif kind == "ask one":
            self.asked_one = asyncio.create_task(self.directory.find([PROFILES[other % 2]], [user]))
            self.asked_one.add_done_callback(lambda task: task.cancelled() or task.exception())
        elif kind == "arrive" and self.world.late:
            self.world.late.pop(one % len(self.world.late)).set_result(None)
        await settle()
        self.check_memory()

    def check_memory(self) -> None:
        found = self.directory.peek(PROFILES, USERS)
        assert found is None or told(found) == self.world.truth()

    async def finish(self) -> None:
        for since, task in self.asked:
            while not task.done():
                for late in self.world.late:
                    late.set_result(None)
                self.world.late.clear()
                await settle()
            owners, names = told(task.result())
            # Each fact is one that was true at some moment since the question.
            for profile, owner in owners.items():
                assert owner in [truth[0][profile] for truth in self.history[since:]]
            for user_id, name in names.items():
                assert name in [truth[1][user_id] for truth in self.history[since:]]
        await self.directory.close()


async def settle() -> None:
    """Let every task that can go on do so; nothing here waits for time or sockets."""
    for _ in range(12):
        await asyncio.sleep(0)


KINDS = ["rename", "move", "unclear", "gap", "age", "ask", "ask", "ask one", "arrive", "arrive"]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 11), st.integers(0, 11)), max_size=40))
def test_no_order_of_events_gives_an_answer_from_before_the_question(
    events: list[tuple[str, int, int]],
) -> None:
    async def go() -> None:
        run = Run()
        for event in events:
            await run.step(*event)
        await run.finish()

    asyncio.run(go())
