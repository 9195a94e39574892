"""The page as a person uses it: one `Side` for each modal, with words for what one does there."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from playwright.async_api import ConsoleMessage, Locator, Request, expect
from playwright.async_api import Page as RawPage

from demo.stage import Stage

#: Longer than any of the modals' timers: what one does must be seen in the other within two rounds of polling.
SEEN_MS = 15_000
expect.set_options(timeout=SEEN_MS)


class Asked(NamedTuple):
    """One chat request of the page."""

    method: str
    url: str
    body: str | None

    @property
    def text(self) -> str:
        return f"{self.method} {self.url} {self.body or ''}"


class Page:
    """One browser tab with the demo's page."""

    def __init__(self, raw: RawPage, stage: Stage) -> None:
        self.raw = raw
        self.stage = stage
        self.problems: list[str] = []
        self.forgiven: list[str] = []
        self.requests: list[Asked] = []
        self.listeners: list[tuple[Any, Callable[[Any], Any]]] = []
        self.on("console", self._console)
        self.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.on("request", self._request)
        self.legacy = Side(self, "legacy")
        self.modern = Side(self, "modern")

    async def go(self, query: str = "") -> None:
        await self.raw.goto(f"{self.stage.page}{query}")
        await expect(self.raw.locator("body")).to_have_attribute("data-ready", "true")

    def on(self, event: Any, listener: Callable[[Any], Any]) -> None:
        """Hear of an event until the test is over."""
        self.raw.on(event, listener)
        self.listeners.append((event, listener))

    def leave(self) -> None:
        """From here on, nothing that happens in the tab is this test's."""
        for event, listener in self.listeners:
            self.raw.remove_listener(event, listener)

    def forgive(self, text: str) -> None:
        """A refusal that the test provokes: the browser writes each into the console."""
        self.forgiven.append(text)

    def _console(self, message: ConsoleMessage) -> None:
        where = f"{message.text} {message.location.get('url', '')}"
        if message.type in ("error", "warning") and not any(text in where for text in self.forgiven):
            self.problems.append(f"{message.type}: {where}")

    def _request(self, request: Request) -> None:
        if re.search(r"/api/(chat|call-logs)", request.url):
            self.requests.append(Asked(request.method, request.url, request.post_data))


class Side:
    """One modal."""

    def __init__(self, page: Page, shape: str) -> None:
        self.page = page
        self.shape = shape
        self.root: Locator = page.raw.locator(f".side-{shape}")

    @property
    def messages(self) -> Locator:
        return self.root.locator(".message")

    def message(self, text: str) -> Locator:
        words = self.page.raw.locator("p.text", has_text=re.compile(f"^{re.escape(text)}$"))
        return self.root.locator(".message").filter(has=words).last

    def row(self, name: str) -> Locator:
        return self.root.locator(".conversation").filter(
            has=self.page.raw.locator(".conversation-name", has_text=re.compile(f"^{re.escape(name)}$"))
        )

    def button(self, name: str, *, exact: bool = True) -> Locator:
        return self.root.get_by_role("button", name=name, exact=exact)

    @property
    def dialog(self) -> Locator:
        return self.root.locator(".dialog")

    async def be(self, user_id: int, role: str | None = None) -> None:
        """Sit down as somebody else."""
        title = f"{self.shape.capitalize()} client"
        await self.root.get_by_label(f"{title}: person").select_option(str(user_id))
        if role:
            await self.root.get_by_label(f"{title}: role").select_option(role)
        await expect(self.root.locator(".conversation").first).to_be_visible()

    def called(self, modern: str, legacy: str) -> str:
        """Somebody's name as this modal shows it."""
        return legacy if self.shape == "legacy" else modern

    async def open(self, name: str) -> None:
        await self.row(name).click()
        await expect(self.root.locator(".thread-title h2")).to_have_text(name)

    async def say(self, text: str) -> None:
        await self.root.locator(".composer-input").fill(text)
        await self.button("Send").click()

    async def menu(self, text: str, item: str) -> None:
        """Choose something from the menu of a message."""
        message = self.message(text)
        await message.hover()
        await message.locator("button.more").click()
        await self.root.locator(".menu").get_by_role("menuitem", name=item, exact=True).click()

    async def more(self, item: str) -> None:
        """Choose something from the menu of the conversation."""
        await self.button("More about this conversation").click()
        await self.root.locator(".menu").get_by_role("menuitem", name=item, exact=True).click()

    async def confirm(self, label: str) -> None:
        await self.root.get_by_role("dialog").last.get_by_role("button", name=label, exact=True).click()

    async def send_file(self, name: str, mime: str, content: bytes, caption: str = "") -> None:
        await self.root.get_by_label("Choose a file").set_input_files(
            {"name": name, "mimeType": mime, "buffer": content}
        )
        if caption:
            await self.dialog.get_by_label("Caption").fill(caption)
        await self.dialog.get_by_role("button", name="Send", exact=True).click()


Visit = Callable[..., Awaitable[Page]]
Options = dict[str, Any]
