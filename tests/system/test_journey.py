"""The whole journey on one database, with both backends and both kinds of clients writing all the time.

From the old backend alone to the sunset and `contract`, once back from the middle: no message lost, doubled or given to
somebody else; every step refused when it comes too early.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.rollout.judgement import judged
from gateway.traffic.report import stored
from migration.cli import app as migrate
from tests.backend.legacy.test_app import LEGACY_STORY
from tests.support.two_backends import TwoBackends, two_backends
from tests.system.conftest import Answer, Client

NODES = 3
COMPARE = {"percent": 100, "budget_per_s": 10_000, "concurrency": 20, "marks_read": True, "timeout_s": 30}
VERDICT = {"min_compared": 3, "p99_ratio": 100, "legacy_silent_days": 1}

_EARLIER = "UPDATE chat_rollout.ledger SET last_at = last_at - $1::int * interval '1 day'"
_WATCHED = """INSERT INTO chat_rollout.marks SELECT 'watched', current_date - n FROM generate_series(1, $1::int) n
    ON CONFLICT DO NOTHING"""


@dataclass
class Writer:
    """Sends one text after the other, and looks at the conversation each time."""

    client: Client
    conversation: int
    legacy: bool
    name: str
    part: int
    sent: list[str] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, end: asyncio.Event) -> None:
        while not end.is_set() and not self.gone.is_set():
            await self._once()

    async def _once(self) -> None:
        text = f"{self.name} {self.part}.{len(self.sent)}"
        answer = await self._send(text)
        if self.legacy and answer.status == 410:
            self.gone.set()
            return
        assert answer.status == 200, answer.text
        self.sent.append(text)
        read = await self.client.ask("GET", self._path, limit=20)
        if self.legacy and read.status == 410:
            return
        assert read.status == 200, read.text
        mine = [one["content"] for one in read.body["messages"] if one["is_mine"]]
        assert mine.count(text) == 1, "what was just sent is there, once, and one's own"

    @property
    def _path(self) -> str:
        if self.legacy:
            return f"/api/chat/messages/{self.conversation}"
        return f"/api/chat/conversations/{self.conversation}/messages"

    async def _send(self, text: str) -> Answer:
        if self.legacy:
            body = {"conversation_id": self.conversation, "content": text}
            return await self.client.ask("POST", "/api/chat/messages", body)
        return await self.client.ask("POST", self._path, {"content": text})


@dataclass
class Journey:
    two: TwoBackends
    folder: Path
    sections: dict[str, Any] = field(default_factory=dict)
    part: int = 0

    @property
    def config(self) -> str:
        return str(self.two.file(self.folder, **self.sections))

    async def command(self, *words: str, code: int = 0) -> Result:
        result = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--config", self.config])
        assert result.exit_code == code, f"{words}: {result.output}"
        return result

    async def advance(self, code: int = 0) -> str:
        return (await self.command("rollout", "advance", "--reason", "journey", code=code)).stderr

    async def migrate(self, *words: str, code: int = 0) -> str:
        command = [*words, "--dsn", self.two.dsn]
        result = await asyncio.to_thread(CliRunner().invoke, migrate, command)
        assert result.exit_code == code, result.output
        return result.stderr

    async def until_safe(self, step: str) -> None:
        """Ask again until it is safe; what is waited for is made by the writers."""
        config, reasons = self.two.config(**self.sections), None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                while reasons is None or reasons:
                    reasons = (await judged(self.two.connection, config, step)).verdict.reasons
        assert reasons == [], await stored(self.two.connection)

    async def days_pass(self, days: int) -> None:
        """What the store has recorded was so many days ago."""
        await self.two.connection.execute(_EARLIER, days)
        await self.two.connection.execute(_WATCHED, days)

    @contextlib.asynccontextmanager
    async def writing(self, urls: list[str], *, legacy: bool = True) -> AsyncIterator[list[Writer]]:
        """Four people, two of each kind, over all gateways."""
        two, end = self.two, asyncio.Event()
        self.part += 1
        writers = [
            Writer(two.modern(urls[1], 2), 11, False, "Beza", self.part),
            Writer(two.modern(urls[2], 1), 12, False, "Abel, modern", self.part),
        ]
        if legacy:
            writers += [
                Writer(two.legacy(urls[0], 1, "student"), 11, True, "Abel, legacy", self.part),
                Writer(two.legacy(urls[1], 3, "student"), 12, True, "Chala", self.part),
            ]
        async with asyncio.TaskGroup() as group:
            for writer in writers:
                group.create_task(writer.run(end))
            try:
                yield writers
            finally:
                end.set()


@contextlib.asynccontextmanager
async def gateways(journey: Journey) -> AsyncIterator[list[str]]:
    async with contextlib.AsyncExitStack() as stack:
        fronts = [
            await stack.enter_async_context(journey.two.gateway(**journey.sections)) for _ in range(NODES)
        ]
        yield [front.url for front in fronts]


@pytest.fixture
async def journey(make_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[Journey]:
    local = str(tmp_path / "local")
    async with two_backends(make_database(LEGACY_STORY), compare=COMPARE, verdict=VERDICT) as two:
        two.document["rollout"]["local_dir"] = local
        yield Journey(two, tmp_path)


async def test_from_the_old_backend_alone_to_contract(journey: Journey) -> None:
    written: list[tuple[int, int, str]] = []
    async with gateways(journey) as urls, journey.writing(urls) as writers:
        await to_the_canary(journey)
        await there_and_back_again(journey)
        await everybody_moves(journey)
    written += remembered(writers)
    await announced(journey)
    async with gateways(journey) as urls:
        async with journey.writing(urls) as writers:
            await brownouts_are_planned(journey)
        written += remembered(writers)
    await sunset(journey)
    async with gateways(journey) as urls, journey.writing(urls) as writers:
        await everybody_legacy_is_gone(writers)
        await contract(journey)
    written += remembered(writers)
    await nothing_was_lost(journey, written)


async def to_the_canary(journey: Journey) -> None:
    """The old backend alone; the database is migrated while everybody writes."""
    await journey.command("rollout", "init")
    await journey.advance()
    await journey.advance()
    assert "migrate up --to constrain" in await journey.advance(code=2)
    await journey.command("rollout", "set", "all", "5", "--reason", "too early", code=2)
    await journey.migrate("up", "--to", "constrain", "--no-backup")
    assert "up to sunset, comes first" in await journey.migrate(
        "up", "--to", "contract", "--no-backup", code=2
    )
    await journey.command("compare", "reset")  # so far the new backend found no tables
    await journey.until_safe("canary")
    await journey.advance()


async def there_and_back_again(journey: Journey) -> None:
    """Half of the people, all, none: back from the middle, and a stop that three gateways have seen."""
    await journey.command("rollout", "set", "all", "50", "--reason", "half")
    assert "not everybody" in await too_early(journey, "deprecated")
    await journey.command("rollout", "back", "--reason", "look again")
    await journey.until_safe("canary")
    await journey.advance()
    await journey.command("rollout", "set", "all", "100", "--reason", "all")
    assert "rollout stop comes first" in await journey.migrate("down", code=2)
    result = await journey.command("rollout", "stop", "--reason", "trouble")
    assert f"{NODES} of {NODES} processes confirmed" in result.stderr
    assert await slowest(journey) < timedelta(seconds=1)
    await journey.advance()


async def slowest(journey: Journey) -> timedelta:
    """From the change to the last gateway that has applied it, by the clock of the store."""
    found = await journey.two.connection.fetchval(
        "SELECT max(p.seen_at - r.changed_at) FROM chat_rollout.processes p JOIN chat_rollout.rules r USING (version)"
    )
    assert isinstance(found, timedelta)
    return found


async def everybody_moves(journey: Journey) -> None:
    await journey.until_safe("moved")
    await journey.advance()


async def too_early(journey: Journey, step: str) -> str:
    """What a step says that cannot be entered yet."""
    from gateway.rollout import store
    from gateway.rollout.judgement import world_of
    from gateway.rollout.steps import waits_for

    state = await store.read(journey.two.connection)
    assert state is not None
    world = world_of(journey.two.config(), state.rules, "constrain", datetime.now(UTC))
    return "; ".join(wait.text for wait in waits_for(step, world))


async def announced(journey: Journey) -> None:
    """The end gets a date, twenty days ago as far as the gateways know."""
    assert "no date is announced" in await journey.advance(code=2)
    past = datetime.now(UTC) - timedelta(days=20)
    journey.sections["deprecation"] = {"legacy_deprecated_at": past.isoformat()}
    await journey.advance()
    assert "no brownout is planned" in await journey.advance(code=2)


async def brownouts_are_planned(journey: Journey) -> None:
    start = datetime.now(UTC) - timedelta(days=2)
    window = {"from": start.isoformat(), "to": (start + timedelta(hours=1)).isoformat(), "percent": 50}
    journey.sections["brownouts"] = [window]
    await journey.advance()
    assert "no sunset is configured" in await journey.advance(code=2)


async def sunset(journey: Journey) -> None:
    """A legacy client within the quiet time is not safe; a day later nobody is left."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    journey.sections["deprecation"]["legacy_sunset_at"] = past.isoformat()
    async with gateways(journey):
        assert "legacy clients within 1 days" in await journey.advance(code=2)
        await journey.days_pass(2)
        await journey.until_safe("sunset")
        await journey.advance()


async def everybody_legacy_is_gone(writers: list[Writer]) -> None:
    async with asyncio.timeout(60):
        for writer in writers:
            if writer.legacy:
                await writer.gone.wait()


async def contract(journey: Journey) -> None:
    await journey.migrate("up", "--to", "contract", "--no-backup")
    await journey.until_safe("contract")
    await journey.advance()
    assert (
        "migrate down --to constrain comes first"
        in (await journey.command("rollout", "set", "all", "50", "--reason", "too late", code=2)).stderr
    )


def remembered(writers: list[Writer]) -> list[tuple[int, int, str]]:
    """Conversation, user and text of everything that was accepted."""
    people = {"Beza": 2, "Abel, modern": 1, "Abel, legacy": 1, "Chala": 3}
    return [(one.conversation, people[one.name], text) for one in writers for text in one.sent]


async def nothing_was_lost(journey: Journey, written: list[tuple[int, int, str]]) -> None:
    rows = await journey.two.connection.fetch(
        "SELECT conversation_id, sender_user_id, content FROM chat_messages WHERE id > 251 ORDER BY id"
    )
    texts = read_with_the_key([tuple(row) for row in rows])
    assert len(written) > 50
    assert sorted(texts) == sorted(written)


def read_with_the_key(rows: list[Any]) -> list[tuple[int, int, str]]:
    from backend.services.texts import Texts
    from demo.stage import ENCRYPTION_KEY

    texts = Texts(ENCRYPTION_KEY)
    return [(conversation, user, texts.read(content) or "") for conversation, user, content in rows]
