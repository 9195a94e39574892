"""One process from start to end, with a small core in place of the real one."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from contracts.model.http import Request, Response
from gateway.config.model import Admin, Config, Cors, Deprecation, Limits
from gateway.config.model import Upstream as UpstreamConfig
from gateway.runtime.process import running
from gateway.telemetry.legacy_usage import Callers
from gateway.upstream.client import Upstream
from tests.support.gateway import FakeExchanges, raw_upstream


class FakeCore:
    """Answers with what `FakeExchanges` does; `steps` notes its life."""

    sockets = None
    callers = Callers()

    def __init__(self, config: Config, upstream: Upstream) -> None:
        self.exchanges = FakeExchanges(upstream)
        self.steps: list[str] = []
        self.reason: str | None = None

    async def start(self) -> None:
        self.steps.append("started")

    async def close(self) -> None:
        self.steps.append("closed")

    async def not_ready(self) -> str | None:
        return self.reason

    def lookups(self) -> Mapping[str, int]:
        return {"hits": 7}

    def events(self) -> Mapping[str, int]:
        return {}

    def refused_tokens(self) -> Mapping[str, int]:
        return {"signature": 0}

    def operations(self) -> list[tuple[str, str]]:
        return [("legacy", "messages.list")]


def config(url: str, **more: Any) -> Config:
    return Config(
        listen="127.0.0.1:0",
        admin=Admin(listen="127.0.0.1:0"),
        upstream=UpstreamConfig(url=url, timeout_s=5),
        **more,
    )


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def test_both_listeners_answer_and_the_core_lives_as_long() -> None:
    async with raw_upstream() as upstream:
        async with running(config(upstream.url), FakeCore) as gateway:
            assert await get(f"{gateway.url}/api/chat/x") == (200, "ok")
            assert (await get(f"{gateway.admin_url}/readyz"))[0] == 200
            numbers = (await get(f"{gateway.admin_url}/metrics"))[1]
            core = gateway.core
            assert isinstance(core, FakeCore)
            assert core.steps == ["started"]
        assert core.steps == ["started", "closed"]
    assert 'gateway_requests_total{operation="things.get",shape="2.1",status="200"} 1.0' in numbers
    assert 'gateway_directory_lookups_total{outcome="hits"} 7.0' in numbers


async def test_not_ready_without_database_or_upstream() -> None:
    async with raw_upstream() as upstream:
        pass
    async with running(config(upstream.url), FakeCore) as gateway:
        assert isinstance(gateway.core, FakeCore)
        gateway.core.reason = "no database"
        status, text = await get(f"{gateway.admin_url}/readyz")
    assert status == 503
    assert json.loads(text)["reasons"] == {"directory": "no database", "upstream": "no connection"}


async def test_the_configuration_arrives_where_it_counts() -> None:
    settings: dict[str, Any] = {
        "limits": Limits(json_mb=0.00001, body_mb=0.00002),
        "cors": Cors(origins=("https://a",)),
        "deprecation": Deprecation(link="https://b"),
    }
    async with (
        raw_upstream() as upstream,
        running(config(upstream.url, **settings), FakeCore) as gateway,
        aiohttp.ClientSession(headers={"Origin": "https://a"}) as session,
    ):
        for path, size, status in (("api/chat/x", 11, 413), ("page", 11, 200), ("page", 21, 413)):
            async with session.post(f"{gateway.url}/{path}", data=b"a" * size) as response:
                assert response.status == status
                assert response.headers["Access-Control-Allow-Origin"] == "https://a"


async def test_what_is_in_flight_at_the_end_is_answered() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def respond(request: Request) -> Response:
        begun.set()
        await go_on.wait()
        return Response(200, (), b"late")

    async with raw_upstream() as upstream:
        ending = running(config(upstream.url), FakeCore)
        gateway = await ending.__aenter__()
        assert isinstance(gateway.core, FakeCore)
        gateway.core.exchanges.respond = respond
        async with aiohttp.ClientSession() as session:
            asked = asyncio.create_task(session.get(f"{gateway.url}/api/chat/x"))
            await begun.wait()
            end = asyncio.create_task(ending.__aexit__(None, None, None))
            async with session.get(f"{gateway.admin_url}/readyz") as response:
                assert (await response.json())["reasons"] == {"process": "draining"}
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(f"{gateway.url}/api/chat/x")  # nobody new
            go_on.set()
            response = await asked
            assert (response.status, await response.text()) == (200, "late")
            assert response.headers["Connection"] == "close"
        await end


async def test_an_open_connection_may_ask_once_more_while_draining() -> None:
    async with raw_upstream() as upstream, aiohttp.ClientSession() as session:
        ending = running(config(upstream.url), FakeCore)
        gateway = await ending.__aenter__()
        assert (await session.get(f"{gateway.url}/page")).status == 200
        end = asyncio.create_task(ending.__aexit__(None, None, None))
        await asyncio.sleep(0.01)
        response = await session.get(f"{gateway.url}/page")  # on the connection that is still there
        assert (response.status, response.headers["Connection"]) == (200, "close")
        await end


async def test_a_taken_address_is_an_error_and_nothing_stays_open() -> None:
    async with raw_upstream() as upstream, running(config(upstream.url), FakeCore) as gateway:
        taken = gateway.url.removeprefix("http://")
        made: list[FakeCore] = []

        def make(settings: Config, to: Upstream) -> FakeCore:
            made.append(FakeCore(settings, to))
            return made[0]

        second = Config(listen=taken, admin=Admin(listen="127.0.0.1:0"))
        with pytest.raises(OSError, match="in use"):
            async with running(second, make):
                pass
    assert made[0].steps == ["started", "closed"]
