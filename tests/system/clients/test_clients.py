"""The clients that are deployed, unchanged, in a browser: who gets a socket, and calls in all pairings.

Their pages here send exactly what the real ones do: which requests before the socket, no token and no credentials with
it, which frames, which entries of the call log. The call client listens while the chat is closed.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, NamedTuple

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext

from demo.stage import Stage, configuration, staged
from gateway.runtime import serve as gateway
from tests.support.whole import STORY
from tests.system.clients.pages import Kind, Tab, another_site, serve_beside, stored

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SECRET: Final = secrets.token_urlsafe(48)
KINDS: Final[tuple[Kind, ...]] = ("legacy", "new", "call")
#: The direct conversation of Abel, a student here, and Beza, a tutor.
PLACE: Final = 11
ABEL, BEZA = (1, "student"), (2, "tutor")


class Site(NamedTuple):
    """Where the pages are: on a site of their own if `foreign`, else on the gateway's origin."""

    stage: Stage
    browser: Browser
    port: int
    foreign: bool

    @contextlib.asynccontextmanager
    async def seat(self, user: int, role: str) -> AsyncIterator[Callable[[Kind], Tab]]:
        """A browser of one person, with a tab whose client can be chosen."""
        context = await self.browser.new_context()
        try:
            await context.add_init_script(stored(self.stage, user, role))
            site = f"http://localhost:{self.port}"
            if not self.foreign:
                site = await serve_beside(context, self.stage.gateway, self.port)
            page = await context.new_page()
            yield lambda kind: Tab(page, site, self.stage.gateway, kind)
        finally:
            await context.close()

    async def call_log(self) -> list[tuple[int, str]]:
        """Who rang and how it ended, oldest first, as Beza's new client reads it."""
        token = next(one["token"] for one in self.stage.people if one["user_id"] == BEZA[0])
        url = f"{self.stage.gateway}/api/call-logs/{PLACE}?user_id={BEZA[0]}"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer,
        ):
            logs = (await answer.json())["call_logs"]
        return [(one["caller_user_id"], one["status"]) for one in sorted(logs, key=lambda one: one["id"])]


@contextlib.asynccontextmanager
async def site(
    browser: Browser, dsn: str, admit: str, *, foreign: bool, upstream: str = "2.1"
) -> AsyncIterator[Site]:
    async with another_site() as port:
        # Two names of the loopback are two sites: no cookie of one goes to the other.
        origins = [f"http://localhost:{port}"] if foreign else ["https://elsewhere.example"]
        sections: dict[str, Any] = {
            "modern": {"api": "2.2"},
            "cors": {"origins": origins},
            "websocket": {"admit": admit, "origins": origins},
        }
        async with in_front_of(upstream, dsn, sections) as stage:
            yield Site(stage, browser, port, foreign)


@contextlib.asynccontextmanager
async def in_front_of(upstream: str, dsn: str, sections: dict[str, Any]) -> AsyncIterator[Stage]:
    """A gateway in front of our backend, or of one that speaks 2.2: ours behind another gateway."""
    if upstream == "2.1":
        async with staged(dsn, SECRET, observe=False, **sections) as stage:
            yield stage
        return
    async with staged(dsn, SECRET, observe=False, modern={"api": "2.2"}) as stage:
        settings = configuration(dsn, "", SECRET, upstream={"url": stage.gateway, "api": "2.2"}, **sections)
        async with gateway.running(settings) as front:
            yield stage._replace(gateway=front.url)


@pytest.mark.parametrize(
    ("admit", "foreign", "upstream"),
    [
        ("recent", True, "2.1"),
        ("recent", False, "2.1"),
        ("token", False, "2.1"),
        ("recent", True, "2.2"),
        ("token", False, "2.2"),
    ],
    ids=["recent-foreign", "recent-same", "token-same", "recent-foreign-2.2", "token-same-2.2"],
)
async def test_calls_ring_are_answered_and_end_in_every_pairing(
    browser: Browser, make_database: Callable[..., str], admit: str, foreign: bool, upstream: str
) -> None:
    async with (
        site(browser, make_database(STORY), admit, foreign=foreign, upstream=upstream) as here,
        here.seat(*ABEL) as abel,
        here.seat(*BEZA) as beza,
    ):
        before = await here.call_log()
        pairings: list[tuple[Kind, Kind]] = [(one, two) for one in ("legacy", "new") for two in KINDS]
        for one, two in pairings:
            caller, callee = abel(one), beza(two)
            for tab in (caller, callee):
                await tab.open()
                await tab.shows(socket="open")
            await caller.do(f"choose({PLACE})")
            await _answered(caller, callee)
            await _declined(caller, callee)
            for tab in (caller, callee):
                await tab.leave()
        assert (await here.call_log())[len(before) :] == [(1, "ended"), (1, "declined")] * len(pairings)


async def _answered(caller: Tab, callee: Tab) -> None:
    """A call until both are connected, and its end: by the old client where it rings, else by who was called."""
    await caller.do("call.start()")
    await callee.shows(phase="incoming")
    assert "Abel" in await callee.told() or "abel" in await callee.told()
    await callee.do("call.accept()")
    for tab in (caller, callee):
        await tab.shows(phase="connected")
    first = caller if callee.kind == "call" else callee
    await first.do("call.end()")
    for tab in (caller, callee):
        await tab.shows(phase="idle", over="ended")


async def _declined(caller: Tab, callee: Tab) -> None:
    await caller.do("call.start()")
    await callee.shows(phase="incoming")
    await callee.do("call.decline()")
    for tab in (caller, callee):
        await tab.shows(phase="idle", over="declined")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_tab_that_closes_ends_its_call(
    browser: Browser, make_database: Callable[..., str], kind: Kind
) -> None:
    async with (
        site(browser, make_database(STORY), "recent", foreign=True) as here,
        here.seat(*ABEL) as abel,
        here.seat(*BEZA) as beza,
    ):
        caller, callee = abel("legacy"), beza(kind)
        for tab in (caller, callee):
            await tab.open()
            await tab.shows(socket="open")
        await caller.do(f"choose({PLACE})")
        await caller.do("call.start()")
        await callee.shows(phase="incoming")
        await callee.do("call.accept()")
        await caller.shows(phase="connected")
        await callee.leave()
        await caller.shows(phase="idle", over="ended")


async def test_with_tokens_only_a_foreign_page_has_its_chat_and_no_socket(
    browser: Browser, make_database: Callable[..., str]
) -> None:
    async with (
        site(browser, make_database(STORY), "token", foreign=True) as here,
        here.seat(*ABEL) as abel,
    ):
        for kind in KINDS:
            tab = abel(kind)
            await tab.open()
            await tab.shows(socket="closed")
            assert "heard" not in await tab.told()
            await tab.leave()


@pytest.mark.parametrize("admit", ["token", "recent"])
async def test_a_page_that_is_configured_nowhere_gets_no_socket(
    browser: Browser, make_database: Callable[..., str], admit: str
) -> None:
    """Not even one of the same site, to whose sockets the browser does send the cookie of the gateway's own page."""
    async with (
        site(browser, make_database(STORY), admit, foreign=False) as here,
        here.seat(*ABEL) as abel,
    ):
        ours = abel("legacy")
        await ours.open()
        await ours.shows(socket="open")
        assert await _can_open(ours.page.context, here.stage.gateway, f"{here.stage.gateway}/pages")
        for host in ("127.0.0.1", "localhost"):
            assert not await _can_open(ours.page.context, here.stage.gateway, f"http://{host}:{here.port}")


async def _can_open(context: BrowserContext, gateway: str, site: str) -> bool:
    """Whether a script on this site gets a socket in Abel's name."""
    page = await context.new_page()
    await page.goto(f"{site}/legacy.html?api={gateway}")
    opened: bool = await page.evaluate(
        """url => new Promise((told) => {
            const socket = new WebSocket(url);
            socket.onopen = () => told(true);
            socket.onerror = () => told(false);
        })""",
        gateway.replace("http", "ws", 1) + "/ws/1",
    )
    await page.close()
    return opened
