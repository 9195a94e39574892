"""What the stage puts together; that it works is what tests/system says."""

import pytest

from demo.stage import configuration
from gateway.config import ConfigError
from tests.system.conftest import SECRET, World


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
