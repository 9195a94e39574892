"""The page itself: who names whom on the wire, what it may load, what typed text cannot do, how it fits and is used."""

import re
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from playwright.async_api import ViewportSize, expect

from demo.stage import Stage
from tests.web.side import Page, Side, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
AXE = Path(__file__).parents[2] / "vendor" / "axe.min.js"
WIDE: ViewportSize = {"width": 1440, "height": 900}
NASTY = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


async def use(page: Page, shape: str) -> None:
    """A short walk through the modal."""
    side = page.legacy if shape == "legacy" else page.modern
    await side.open("abel_t" if shape == "legacy" else "Beza B")
    await expect(side.messages.first).to_be_visible()
    await side.say("For the wire")
    await expect(side.message("For the wire").get_by_label("sent")).to_be_visible()
    await side.menu("For the wire", "heart")
    await side.more("Block")
    await expect(side.root.locator(".notice")).to_contain_text("You have blocked")
    await side.more("Unblock")
    await side.button("New conversation").click()
    await side.root.get_by_role("button", name="Close").click()


#: Requests of the old client that name nobody, or only in the body or path (its known ways).
NAMELESS = re.compile(r"DELETE .*/pin$|PUT .*/settings ")


async def test_the_legacy_client_names_roles(visit: Visit) -> None:
    page = await visit("?show=legacy&extended=no")
    await use(page, "legacy")
    assert len(page.requests) > 10
    unnamed = [
        one.text for one in page.requests if "profile_id=" not in one.url and not NAMELESS.search(one.text)
    ]
    assert unnamed == []


async def test_the_modern_client_names_users_only(visit: Visit) -> None:
    page = await visit("?show=modern")
    await use(page, "modern")
    assert len(page.requests) > 10
    assert [one.text for one in page.requests if "profile" in one.text] == []
    assert [one.text for one in page.requests if "user_id=" not in one.url] == []


async def test_the_wire_shows_what_was_rewritten_and_no_secret(visit: Visit) -> None:
    page = await visit("", viewport=WIDE)
    await expect(page.legacy.messages.first).to_be_visible()
    await page.legacy.say("Watch the wire")
    card = page.raw.locator(".wire .card-legacy").filter(has_text="messages.send")
    await expect(card.locator(".line-asked .piece-role")).to_contain_text(
        ["profile_id=5", "profile_type=tutor"]
    )
    await expect(card.locator(".line-sent")).to_contain_text(
        "POST /api/chat/conversations/11/messages?user_id=2"
    )
    await page.modern.say("And from here")
    await expect(page.raw.locator(".wire .card-modern").filter(has_text="messages.send")).to_be_visible()
    shown = await page.raw.locator(".wire").inner_text()
    assert not [person["name"] for person in page.stage.people if person["token"] in shown]


async def test_the_wire_tells_a_translation_from_an_extra_request(visit: Visit) -> None:
    """The legacy list asks for the contacts, too."""
    page = await visit("", viewport=WIDE)
    await expect(page.legacy.messages.first).to_be_visible()
    card = page.raw.locator(".wire .card-legacy").filter(has_text="conversations.list").first
    await expect(card.locator(".arrow")).to_have_text(["translated to user ids", "requested in addition"])


async def test_what_people_type_is_never_markup(visit: Visit, stage: Stage) -> None:
    connection = await asyncpg.connect(stage.database)
    await connection.execute(
        "UPDATE users SET first_name = $1, profile_picture = 'javascript:document.title=3' WHERE id = 2",
        NASTY[:30],
    )
    await connection.execute("UPDATE tutor_profiles SET username = $1 WHERE id = 7", NASTY[:40])
    await connection.close()
    page = await visit()
    for side in (page.legacy, page.modern):
        await expect(side.root.locator(".conversation-name", has_text="<img src=x")).to_be_visible()
    await expect(page.legacy.messages.first).to_be_visible()
    await page.legacy.say(NASTY)
    await expect(page.modern.message(NASTY)).to_be_visible()
    await page.modern.menu(NASTY, "Reply")
    await page.modern.say("A reply to it")
    await expect(page.legacy.message("A reply to it").locator(".quote")).to_contain_text("<script>")
    await page.modern.button("New group").click()
    await page.modern.dialog.get_by_label("Name").fill(NASTY)
    await page.modern.dialog.locator("label.person").filter(has_text="<img").click()
    await page.modern.dialog.get_by_role("button", name="Create").click()
    await expect(page.legacy.row(NASTY)).to_be_visible()
    made = "img[src='x'], img[src^='javascript'], a[href^='javascript'], .side script"
    assert await page.raw.locator(made).count() == 0
    assert "gateway" in await page.raw.title()


ADDRESSES = {
    "javascript:alert(1)": False,
    "JaVaScRiPt:alert(1)": False,
    "java\nscript:alert(1)": False,
    "data:text/html,<script>1</script>": False,
    "data:image/svg+xml;base64,PHN2Zz4=": False,
    "https://media.example.test/x.png": False,
    "https://cdn.astegni.com/x.png": True,
    "/api/chat/media/abc": True,
    "data:image/png;base64,iVBORw0KGgo=": True,
}


async def test_only_harmless_addresses_are_loaded(visit: Visit) -> None:
    page = await visit("?show=modern")
    script = """async (texts) => {
        const { safeUrl } = await import('/demo/shared/urls.js');
        return texts.map((text) => safeUrl(text) !== null);
    }"""
    allowed = await page.raw.evaluate(script, list(ADDRESSES))
    assert dict(zip(ADDRESSES, allowed, strict=True)) == ADDRESSES


async def test_the_policy_stops_inline_code(visit: Visit) -> None:
    page = await visit("?show=modern")
    page.forgive("Content Security Policy")
    script = """() => { const s = document.createElement('script'); s.textContent = 'window.ran = true';
        document.body.append(s); return window.ran === true }"""
    assert await page.raw.evaluate(script) is False


async def serious(page: Page, theme: str) -> list[dict[str, Any]]:
    """What axe finds that keeps people from using the page as it stands. The dark theme differs in colours only."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if theme == "dark":
        options["runOnly"] = ["color-contrast"]
    found = await page.raw.evaluate("(options) => axe.run(options)", options)
    return [
        {"id": one["id"], "nodes": [node["html"][:200] for node in one["nodes"]][:4]}
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious(visit: Visit, theme: str) -> None:
    page = await visit("", viewport=WIDE, color_scheme=theme)
    await page.raw.evaluate(AXE.read_text(encoding="utf-8"))
    await expect(page.legacy.messages.first).to_be_visible()
    await expect(page.modern.messages.first).to_be_visible()
    await page.legacy.say("Something on the wire")
    await expect(page.raw.locator(".wire .cards .card").first).to_be_visible()
    await page.modern.button("More about this conversation").click()
    assert await serious(page, theme) == []
    await page.raw.keyboard.press("Escape")
    await page.legacy.button("Settings").click()
    await page.modern.button("New group").click()
    await expect(page.legacy.dialog).to_be_visible()
    await expect(page.modern.dialog.locator(".person").first).to_be_visible()
    assert await serious(page, theme) == []
    for side in (page.legacy, page.modern):
        await side.root.get_by_role("button", name="Close").click()
    await page.legacy.button("Voice call").click()
    await expect(page.modern.root.locator(".call[data-phase='incoming']")).to_be_visible()
    assert await serious(page, theme) == []
    await page.modern.button("Decline").click()


async def test_it_fits_a_phone(visit: Visit) -> None:
    page = await visit("", viewport={"width": 360, "height": 740})
    wide = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
    for tab, side in (("Legacy", page.legacy), ("Modern", page.modern)):
        await page.raw.locator("#tabs").get_by_role("button", name=tab).click()
        await side.open("abel_t" if tab == "Legacy" else "Beza B")
        await expect(side.messages.first).to_be_visible()
        assert await page.raw.evaluate(wide) is False
        await side.say(f"From a phone, {tab}")
        await expect(side.message(f"From a phone, {tab}").get_by_label("sent")).to_be_visible()
        await side.button("Settings").wait_for(state="hidden")
        await side.button("Back to the conversations").click()
        await side.button("Settings").click()
        await expect(side.dialog).to_be_visible()
        assert await page.raw.evaluate(wide) is False
        await page.raw.keyboard.press("Escape")
        await expect(side.dialog).to_have_count(0)
    await page.raw.locator("#tabs").get_by_role("button", name="Wire").click()
    await expect(page.raw.locator(".wire .card").first).to_be_visible()
    assert await page.raw.evaluate(wide) is False


async def test_everything_works_without_a_mouse(visit: Visit) -> None:
    page = await visit("?show=modern")
    side = page.modern
    await side.row("Beza B").focus()
    await page.raw.keyboard.press("Enter")
    await expect(side.messages.first).to_be_visible()
    await side.root.locator(".composer-input").focus()
    await page.raw.keyboard.type("Only keys")
    await page.raw.keyboard.press("Enter")
    await expect(side.message("Only keys")).to_be_visible()
    await expect(side.message("Only keys").get_by_label("sent")).to_be_visible()
    await side.message("Only keys").locator("button.more").focus()
    await page.raw.keyboard.press("Enter")
    await page.raw.keyboard.press("ArrowDown")
    number = await side.message("Only keys").get_attribute("data-id")
    answer = await page.raw.request.post(
        f"{page.stage.gateway}/api/chat/messages/{number}/reactions?user_id=2",
        headers={"Authorization": f"Bearer {page.stage.people[1]['token']}"},
        data={"reaction": "heart"},
    )
    assert answer.ok
    await expect(side.message("Only keys").get_by_label("heart, 1")).to_be_visible()
    await page.raw.keyboard.press("Escape")
    await expect(side.root.locator(".menu")).to_have_count(0)
    await expect(side.message("Only keys").locator("button.more")).to_be_focused()


async def test_what_is_written_offline_is_sent_later(visit: Visit) -> None:
    page = await visit()
    page.forgive("ERR_INTERNET_DISCONNECTED")
    sides = (page.legacy, page.modern)
    for side in sides:
        await expect(side.messages.first).to_be_visible()
    await page.raw.context.set_offline(True)
    for side in sides:
        await expect(side.root.locator(".notice")).to_contain_text("You are offline")
        await side.say(f"From the {side.shape} tunnel")
        await expect(side.message(f"From the {side.shape} tunnel").locator(".failure")).to_contain_text(
            "Waiting"
        )
    await page.raw.context.set_offline(False)
    for me, other in (sides, sides[::-1]):
        text = f"From the {me.shape} tunnel"
        await expect(me.message(text).get_by_label(re.compile("^(sent|read)$"))).to_be_visible()
        await expect(other.message(text)).to_be_visible()
        await expect(me.root.locator(".message").filter(has_text=text)).to_have_count(1)


@pytest.mark.parametrize("shape", ["legacy", "modern"])
async def test_what_is_not_sent_survives_a_reload_for_its_author_only(visit: Visit, shape: str) -> None:
    page = await visit(f"?show={shape}")
    page.forgive("ERR_INTERNET_DISCONNECTED")
    side: Side = getattr(page, shape)
    name = side.called("Beza B", "abel_t")
    await side.open(name)
    await expect(side.messages.first).to_be_visible()
    await page.raw.context.set_offline(True)
    await side.say("From the tunnel")
    await expect(side.message("From the tunnel").locator(".failure")).to_contain_text("Waiting")
    await side.root.locator(".composer-input").fill("Half a sent")
    await page.raw.goto("about:blank")
    await page.raw.context.set_offline(False)

    page.requests.clear()
    await page.go(f"?show={shape}&{shape}_user=3")
    await side.open("Exam preparation")
    await expect(side.messages.first).to_be_visible()
    await expect(side.root.locator(".composer-input")).to_have_value("")
    assert not [one.text for one in page.requests if "tunnel" in one.text]

    await page.go(f"?show={shape}")
    await side.open(name)
    await expect(side.message("From the tunnel").get_by_label("sent")).to_be_visible()
    await expect(side.root.locator(".composer-input")).to_have_value("Half a sent")
    await expect(side.root.locator(".message").filter(has_text="From the tunnel")).to_have_count(1)


async def test_a_list_that_cannot_be_read_can_be_tried_again(visit: Visit) -> None:
    page = await visit("?show=modern")
    page.forgive("503")
    where = re.compile("/api/chat/conversations[?]")
    detail = {"detail": "Try again in a moment", "code": "unavailable"}
    await page.raw.route(where, lambda route: route.fulfill(status=503, json=detail))
    await page.raw.reload()
    note = page.modern.root.locator(".list-note")
    await expect(note).to_contain_text("Try again in a moment")
    await page.raw.unroute(where)
    await note.get_by_role("button", name="Try again").click()
    await expect(page.modern.row("Beza B")).to_be_visible()


async def test_two_tabs_of_one_person_show_the_same(visit: Visit) -> None:
    first = await visit("?show=modern")
    second = await visit("?show=modern")
    for page in (first, second):
        await page.modern.open("Beza B")
        await expect(page.modern.messages.first).to_be_visible()
    await first.modern.say("In one tab")
    await expect(second.modern.message("In one tab")).to_have_class("message mine")
    await second.raw.reload()
    await second.modern.open("Beza B")
    await expect(second.modern.message("In one tab")).to_be_visible()


async def test_a_lost_socket_comes_back(visit: Visit) -> None:
    page = await visit(
        script="""{ const Real = WebSocket; window.opened = []; const real = setTimeout;
        window.setTimeout = (work, ms) => real(work, ms / 10);
        window.WebSocket = class extends Real { constructor(...given) { super(...given); opened.push(this); } }; }"""
    )
    sides = (page.legacy, page.modern)
    for side in sides:
        await expect(side.root.locator(".modal[data-socket='open']")).to_be_visible()
    await page.raw.evaluate("opened.forEach((socket) => socket.close())")
    for side in sides:
        await expect(side.root.locator(".modal[data-socket='closed']")).to_be_visible()
    for side in sides:
        await expect(side.root.locator(".modal[data-socket='open']")).to_be_visible()
    assert await page.raw.evaluate("opened.length") == 4
