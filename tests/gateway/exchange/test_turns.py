"""One after the other by key, never for ever, and nothing is kept of a turn that is over."""

import asyncio
import gc

import pytest

from contracts.model.errors import Unavailable
from gateway.exchange import turns
from gateway.exchange.turns import Turns


async def test_one_after_the_other() -> None:
    taken, order = Turns(), []

    async def turn(name: str) -> None:
        async with taken.of("same"):
            order.append(name)
            await asyncio.sleep(0)
            order.append(name)

    async with asyncio.timeout(30):
        await asyncio.gather(*(turn(name) for name in "abc"))
    assert order == list("aabbcc")


async def test_an_error_or_a_client_that_leaves_ends_its_turn() -> None:
    taken = Turns()
    with pytest.raises(ValueError, match="oh"):
        async with taken.of(1):
            raise ValueError("oh")
    async with asyncio.timeout(30):
        async with taken.of(1), taken.of(2):
            pass
    gc.collect()
    assert not taken._locks


async def test_a_turn_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAIT_S", 0.01)
    taken = Turns()
    async with taken.of(1):
        with pytest.raises(Unavailable):
            async with taken.of(1):
                pass
