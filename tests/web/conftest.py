"""A browser, and the whole system behind it: the demo's stage over a database of its own for each test."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ViewportSize, async_playwright
from playwright.async_api import Page as RawPage

from demo.stage import Stage, staged
from tests.support.whole import STORY
from tests.web.side import Page, Visit

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # In a container there is no mDNS to resolve the names that hide local addresses.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
#: The modals ask every few seconds; here their clocks run faster. Only what repeats: a lifetime stays a lifetime.
HASTE = "{ const real = window.setInterval; window.setInterval = (work, ms) => real(work, ms / 6); }"
#: Both modals side by side; the fewer pixels, the less there is to paint.
VIEWPORT: ViewportSize = {"width": 1100, "height": 640}
SECRET = "the-browser-tests-sign-with-this-secret-0123456789"


def find_chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine; set CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(make_database: Callable[..., str]) -> AsyncIterator[Stage]:
    """Backend, gateway and page with the people and the story of the demo."""
    dsn = await asyncio.to_thread(make_database, STORY)
    async with staged(dsn, SECRET) as running:
        yield running


class Tabs:
    """Browser tabs that the tests take in turns: a new one costs more processor time than all that a test does in it.

    What a test leaves behind cannot be seen by the next: each has an address, and with it a storage, of its own.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.free: list[RawPage] = []

    async def take(self, viewport: ViewportSize) -> RawPage:
        page = self.free.pop() if self.free else await (await self.open()).new_page()
        if page.viewport_size != viewport:
            await page.set_viewport_size(viewport)
        return page

    async def give_back(self, page: RawPage) -> None:
        await page.context.set_offline(False)
        await page.unroute_all(behavior="ignoreErrors")
        for other in page.context.pages:
            if other is not page:
                await other.close()
        await page.goto("about:blank")
        self.free.append(page)

    async def open(self, **options: Any) -> BrowserContext:
        """A context of its own: for a test that needs one of these options or a script at the start."""
        context = await self.browser.new_context(reduced_motion="reduce", **options)
        await context.add_init_script(HASTE)
        return context


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(tabs: Tabs, stage: Stage) -> AsyncIterator[Visit]:
    """`await visit("?show=both")` opens the page, `visit(None)` a tab only; errors in the console fail the test."""
    pages: list[Page] = []
    own: list[BrowserContext] = []

    async def open_page(
        query: str | None = "?show=both",
        *,
        viewport: ViewportSize = VIEWPORT,
        script: str = "",
        **options: Any,
    ) -> Page:
        if options or script:
            context = await tabs.open(viewport=viewport, **options)
            own.append(context)
            await context.add_init_script(script)
            raw = await context.new_page()
        else:
            raw = await tabs.take(viewport)
        page = Page(raw, stage)
        pages.append(page)
        if query is not None:
            await page.go(query)
        return page

    yield open_page
    for page in pages:
        page.leave()
        if page.raw.context not in own:
            await tabs.give_back(page.raw)
    for context in own:
        await context.close()
    problems = [problem for page in pages for problem in page.problems]
    assert problems == []
