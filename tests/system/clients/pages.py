"""The clients' pages in a browser: where they are served from, and one `Tab` for each."""

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, Literal

from aiohttp import web
from playwright.async_api import BrowserContext, Page, Route, expect

from demo.stage import Stage

Kind = Literal["legacy", "new", "call"]
STATIC: Final = Path(__file__).parent / "static"
_MIME: Final = {".html": "text/html", ".js": "text/javascript"}
WAIT_MS: Final = 20_000


def _file(name: str) -> tuple[str, str]:
    """A file's text and type; ``legacy.html`` is the page with that client."""
    path = STATIC / ("page.html" if name.endswith(".html") else name)
    return path.read_text("utf-8").replace("CLIENT", name.partition(".")[0]), _MIME[path.suffix]


@contextlib.asynccontextmanager
async def another_site() -> AsyncIterator[int]:
    """A site with the pages and nothing else, for as long as the context; yields its port on the loopback."""

    async def serve(request: web.Request) -> web.Response:
        text, mime = _file(request.match_info["name"])
        return web.Response(text=text, content_type=mime)

    application = web.Application()
    application.router.add_get("/{name}", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def serve_beside(context: BrowserContext, gateway: str, port: int) -> str:
    """The pages on the gateway's own origin, as a proxy in front of both would serve them; the site's address.

    They do come from the other site: the browser lets a page that came from nowhere connect to nothing local.
    """
    site = f"{gateway}/pages"

    async def serve(route: Route) -> None:
        await route.continue_(url=route.request.url.replace(site, f"http://127.0.0.1:{port}", 1))

    await context.route(lambda url: url.startswith(f"{site}/"), serve)
    return site


def stored(stage: Stage, user: int, role: str) -> str:
    """The script that puts into localStorage what a login leaves there."""
    person = next(one for one in stage.people if one["user_id"] == user)
    data = {"id": user, "full_name": person["name"], "role_ids": person["profiles"], "profile_picture": None}
    values = {"token": person["token"], "active_role": role, "userData": json.dumps(data)}
    return f"Object.assign(localStorage, {json.dumps(values)})"


class Tab:
    """One client on a page."""

    def __init__(self, page: Page, site: str, gateway: str, kind: Kind) -> None:
        self.page = page
        self.kind = kind
        self.errors: list[str] = []
        self._address = f"{site}/{kind}.html?api={gateway}"
        page.on("pageerror", self._note)

    def _note(self, error: Any) -> None:
        self.errors.append(str(error))

    async def open(self) -> None:
        """The page is loaded and the chat opened; the call client's stays closed."""
        await self.page.goto(self._address)
        await self.page.evaluate("client.open()")

    async def do(self, action: str) -> None:
        await self.page.evaluate(f"client.{action}")

    async def shows(self, **data: str) -> None:
        """Wait until the page says so: ``socket``, ``phase``, ``over``."""
        for name, value in data.items():
            await expect(self.page.locator("body")).to_have_attribute(f"data-{name}", value, timeout=WAIT_MS)

    async def told(self) -> str:
        """Everything that was asked, said, heard and shown."""
        told = await self.page.evaluate("told.join('\\n') + document.body.innerText")
        return f"{self.page.url}\n{told}"

    async def leave(self) -> None:
        """Close the tab's page, as a person does. What it had to say is all right, and no error came up."""
        said = await self.told()
        assert "undefined" not in said
        assert "null/" not in said
        assert self.errors == []
        await self.page.goto("about:blank")
        self.page.remove_listener("pageerror", self._note)
