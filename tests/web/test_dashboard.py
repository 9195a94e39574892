"""The dashboard's data and its page."""

import re
from collections.abc import AsyncIterator, Mapping
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, expect

from gateway.admin.listener import admin_application
from gateway.telemetry.metrics import Metrics
from tests.web.static.page.test_page import AXE
from web.dashboard import History, mount_dashboard, snapshot

HEALTH = {"requests": 1200, "errors": 3, "p99_ms": 41.5}
ROLLOUT: dict[str, Any] = {
    "traffic": {"step": "canary", "stopped": False, "percent": 5, "processes": {"running": 3, "applied": 3}},
    "database": {"phase": "constrain"},
    "next": {
        "step": "moved",
        "waits_for": [
            {"text": "3 of 1000 answers were compared", "command": "chat-gateway verdict --step moved"}
        ],
    },
    "operations": [
        {
            "operation": "messages.list",
            "percent": 5,
            "compared": 1000,
            "different": 2,
            "old": HEALTH,
            "new": None,
        }
    ],
    "differences": [
        {
            "operation": "messages.list",
            "path": "$.messages[].sender_name",
            "kind": "value",
            "count": 2,
            "example": {"old": "text of 6, a1b2c3", "new": "text of 7, 0f0f0f"},
        }
    ],
    "people": [{"user_id": 5, "client": "Firefox", "last_at": 1_795_000_000.0}],
    "people_count": 1,
}


async def extras() -> Mapping[str, Any]:
    return {
        "phase": "backfill",
        "callers": [
            {"user_id": 2, "role": "tutor 5", "client": "Chrome 141", "requests": 7, "last": 1_795_000_000.0}
        ],
        "rollout": ROLLOUT,
    }


def counted() -> Metrics:
    metrics = Metrics()
    metrics.lookups = lambda: {"hits": 3, "misses": 1}
    metrics.count("legacy", "messages.send", 200, 0.0004)
    metrics.count("2.1", "messages.send", 200, 0.0002)
    return metrics


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[tuple[TestServer, Metrics, History]]:
    metrics = counted()
    app = admin_application(metrics, {}, None)
    history = mount_dashboard(app, metrics.text, extras)
    async with TestServer(app) as server:
        yield server, metrics, history


def test_history_is_made_of_intervals() -> None:
    metrics = counted()
    history = History(metrics.text, clock=count(0, 10).__next__)
    for _ in range(20):
        metrics.count("legacy", "messages.list", 200, 0.0004)
    history.sample()
    (point,) = history.points
    assert (point.at, point.legacy, point.modern, point.share) == (10, 2.0, 0.0, 1.0)
    told = snapshot(history, {"phase": "merge"})
    assert (told["phase"], told["callers"], told["lookups"]) == ("merge", [], {"hits": 3, "misses": 1})


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_page_shows_it_and_renews_itself(
    browser: Browser, server: tuple[TestServer, Metrics, History], theme: Any
) -> None:
    running, metrics, history = server
    context = await browser.new_context(color_scheme=theme, viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(str(running.make_url("/dashboard/")))
    await expect(page.locator("#state")).to_have_text("live")
    await expect(page.locator(".tile", has_text="Legacy share")).to_contain_text("50.0 %")
    await expect(page.locator(".tile", has_text="Migration")).to_contain_text("backfill")
    await expect(page.locator("#callers tbody tr")).to_contain_text("Chrome 141")
    await expect(page.locator(".plot canvas")).to_have_count(6)
    await expect(page.locator("#journey")).to_contain_text("3 of 1000 answers were compared")
    await expect(page.locator("#matrix tbody tr")).to_contain_text("messages.list5 %1,0002341.5 ms")
    await expect(page.locator("#differences tbody tr")).to_contain_text("$.messages[].sender_name")
    await expect(page.locator("#people tbody tr")).to_contain_text("5Firefox")
    for _ in range(8):
        metrics.count("legacy", "typing.get", 200, 0.0001)
    history.sample()
    await expect(page.locator("#operations tbody tr").first).to_have_text(re.compile("typing.get8"))
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")] == []
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.wait_for_function("document.documentElement.scrollWidth <= 360")
    await context.close()
    assert problems == []
