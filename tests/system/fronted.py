"""A gateway in front of a backend of another shape: our own backend behind a second gateway."""

import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import aiohttp

from demo.stage import configuration, staged
from gateway.runtime import serve as gateway
from tests.system.conftest import SECRET, Client, World

CONVERSATION = "/api/chat/conversations/11"


class Fronted(World):
    """The story behind the second gateway; ``front`` is the one before that."""

    front: str

    def through(self, client: Client) -> Client:
        """The same client, in front of the other shape."""
        return replace(client, url=self.front)


@contextlib.asynccontextmanager
async def fronted(
    dsn: str, api: str, behind: dict[str, Any], before: dict[str, Any]
) -> AsyncIterator[Fronted]:
    """``api`` is the shape between the two; ``behind`` and ``before`` are sections of their configurations."""
    async with staged(dsn, SECRET, observe=False, **behind) as stage:
        upstream = {"url": stage.gateway, "api": api}
        settings = configuration(dsn, "", SECRET, upstream=upstream, **before)
        async with gateway.running(settings) as front, aiohttp.ClientSession() as session:
            found = Fronted(stage, session)
            found.front = front.url
            yield found


def places_of_differences(one: Any, other: Any) -> set[str]:
    """Where two answers differ, as JSON paths without indexes."""
    return {re.sub(r"\d+", "", place) for place in _differences(one, other, "$")}


def _differences(one: Any, other: Any, place: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            yield from _differences(one.get(key, "absent"), other.get(key, "absent"), f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from _differences(*pair, f"{place}[{index}]")
    elif one != other:
        yield place
