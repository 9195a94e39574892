"""The world as a fixture."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.sockets.world import World
from tests.gateway.sockets.world import world as make_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A running world with the default settings."""
    async with make_world() as made:
        yield made
