"""A browser, and the whole system behind it: the demo's stage over a database of its own for each test."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from demo.stage import FRESH, Stage, staged
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
HASTE = "{ const real = window.setInterval; window.setInterval = (work, ms) => real(work, ms / 4); }"
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


def story() -> str:
    """The demo's database as one SQL text."""
    return "\n".join(file.read_text(encoding="utf-8") for file in FRESH)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(make_database: Callable[..., str]) -> AsyncIterator[Stage]:
    """Backend, gateway and page with the people and the story of the demo."""
    dsn = await asyncio.to_thread(make_database, story())
    async with staged(dsn, SECRET) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, stage: Stage) -> AsyncIterator[Visit]:
    """`await visit("?show=legacy")` opens the page in a context of its own; errors in the console fail the test."""
    pages: list[Page] = []

    async def open_page(query: str = "", *, width: int = 1440, height: int = 900, **options: object) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            base_url=stage.gateway,
            reduced_motion="reduce",
            **options,
        )
        await context.add_init_script(HASTE)
        page = Page(await context.new_page(), stage)
        pages.append(page)
        await page.go(query)
        return page

    yield open_page
    for page in pages:
        await page.raw.context.close()
    problems = [problem for page in pages for problem in page.problems]
    assert problems == []
