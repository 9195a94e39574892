"""What the stage puts together; that it works is what tests/system says."""

from collections.abc import Callable

import aiohttp
import pytest

from demo.stage import LEGACY, configuration, staged
from gateway.config.model import ConfigError
from migration import run as migration
from tests.system.conftest import SECRET, STORY, World


async def test_the_demo_is_migrated_by_the_tool_and_tells_the_same_story(
    make_database: Callable[..., str],
) -> None:
    dsn = make_database("\n".join(file.read_text("utf-8") for file in LEGACY))
    assert (await migration.up(dsn, backup=False)).done
    old, new = await _told(dsn), await _told(make_database(STORY))
    assert old == new


async def _told(dsn: str) -> list[tuple[str, list[int], list[int]]]:
    """For each person: the conversations and the messages of conversation 12 that the service tells."""
    told = []
    async with staged(dsn, SECRET, observe=False) as stage, aiohttp.ClientSession() as session:
        for person in stage.people:
            headers = {"Authorization": f"Bearer {person['token']}"}
            async with session.get(f"{stage.gateway}/api/chat/conversations", headers=headers) as answer:
                conversations = [c["id"] for c in await answer.json()]
            messages = []
            for id_ in conversations:
                path = f"/api/chat/conversations/{id_}/messages"
                async with session.get(stage.gateway + path, headers=headers) as answer:
                    messages += [m["id"] for m in (await answer.json())["messages"]]
            told.append((person["name"], conversations, messages))
    return told


def test_ports_are_free_ones_unless_given() -> None:
    assert configuration("postgresql://x", "http://127.0.0.1:1", SECRET).listen.endswith(":0")
    assert configuration("postgresql://x", "http://127.0.0.1:1", SECRET, port=8123).listen.endswith(":8123")


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"auth\.secret"):
        configuration("postgresql://x", "http://127.0.0.1:1", "short")


async def test_every_address_answers(world: World) -> None:
    for url in (
        world.stage.gateway + "/health",
        world.stage.backend + "/health",
        world.stage.admin + "/readyz",
    ):
        async with world.session.get(url) as answer:
            assert answer.status == 200


async def test_what_is_described_can_be_printed(world: World) -> None:
    assert "running" not in world.stage.described()
