"""The admin listener, as an operator and as a stranger."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.admin.listener import Check, admin_application
from gateway.telemetry.metrics import Metrics


def check(reason: str | None) -> Check:
    async def answer() -> str | None:
        return reason

    return answer


async def page(_: web.Request) -> web.Response:
    return web.Response(text="page")


async def ask(
    path: str, *, token: str | None = None, reason: str | None = None, method: str = "GET", **headers: str
) -> tuple[int, str, aiohttp.ClientResponse]:
    checks = {"directory": check(reason), "upstream": check(None)}
    application = admin_application(Metrics(), checks, token, [web.get("/page", page)])
    async with TestClient(TestServer(application)) as client:
        response = await client.request(method, path, headers=headers)
        return response.status, await response.text(), response


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/healthz", 200, '{"status": "ok"}'),
        ("/readyz", 200, '{"status": "ready", "reasons": {}}'),
        ("/page", 200, "page"),
        ("/metrics", 200, "gateway_requests_in_flight 0.0"),
        ("/other", 404, '"code":"not_found"'),
    ],
)
async def test_what_is_there(path: str, status: int, text: str) -> None:
    found = await ask(path)
    assert found[0] == status
    assert text in found[1]
    assert found[2].headers["X-Content-Type-Options"] == "nosniff"


async def test_another_method_is_refused() -> None:
    status, _, response = await ask("/metrics", method="POST")
    assert (status, response.headers["Allow"]) == (405, "GET,HEAD")


async def test_not_ready_says_why() -> None:
    status, text, _ = await ask("/readyz", reason="no database")
    assert (status, text) == (503, '{"status": "not ready", "reasons": {"directory": "no database"}}')


async def test_not_ready_is_still_alive() -> None:
    assert (await ask("/healthz", reason="no database"))[0] == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/page", "/other"])
@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic right"}])
async def test_with_a_token_nobody_reads_without_it(path: str, given: dict[str, str]) -> None:
    status, text, _ = await ask(path, token="right", **given)
    assert (status, "unauthenticated" in text) == (401, True)


async def test_with_the_token_any_name_will_do() -> None:
    status, _, _ = await ask("/metrics", token="right", Authorization="Bearer right", Host="gateway.example")
    assert status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:9090", 200),
        ("127.0.0.1:9090", 200),
        ("[::1]:9090", 200),
        ("[::1]", 200),
        ("evil.example", 403),
        ("evil.example:9090", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:80", 403),
    ],
)
async def test_on_loopback_the_name_must_be_one_of_loopback(host: str, status: int) -> None:
    assert (await ask("/metrics", Host=host))[0] == status


async def test_the_front_door_leads_to_the_dashboard() -> None:
    application = admin_application(Metrics(), {}, None)
    async with TestClient(TestServer(application)) as client:
        response = await client.get("/", allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (302, "/dashboard/")
