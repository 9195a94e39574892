"""What one does with messages in one modal is seen in the other: both directions of each point of the checklist."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web.side import Page, Side, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session", params=["legacy", "modern"])
async def pair(request: pytest.FixtureRequest, visit: Visit) -> tuple[Side, Side]:
    """The side that acts and the side that watches; both have the conversation of Beza and Abel open."""
    page: Page = await visit()
    sides = (page.legacy, page.modern) if request.param == "legacy" else (page.modern, page.legacy)
    for side in sides:
        await expect(side.messages.first).to_be_visible()
    return sides


async def test_a_text_is_sent_edited_and_deleted(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.say("A first text")
    await expect(other.message("A first text")).to_be_visible()
    await expect(other.message("A first text")).to_have_class("message theirs")
    await me.menu("A first text", "Edit")
    await expect(me.root.locator(".composer-input")).to_have_value("A first text")
    await me.say("A better text")
    await expect(other.message("A better text").locator(".meta")).to_contain_text("edited")
    await me.menu("A better text", "Delete")
    await me.confirm("Delete")
    await expect(other.message("A better text")).to_have_count(0)
    await expect(me.message("A better text")).to_have_count(0)


async def test_a_message_is_reacted_to_replied_to_and_pinned(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await other.say("Shall we meet?")
    await expect(me.message("Shall we meet?")).to_be_visible()
    await me.menu("Shall we meet?", "laugh")
    await expect(other.message("Shall we meet?").get_by_label("laugh, 1")).to_be_visible()
    await me.menu("Shall we meet?", "Reply")
    await me.say("At four")
    await expect(other.message("At four").locator(".quote")).to_contain_text("Shall we meet?")
    await me.menu("Shall we meet?", "Pin")
    await expect(me.root.locator(".pinned")).to_contain_text("Shall we meet?")
    await expect(other.message("Shall we meet?").locator(".meta .icon").first).to_be_visible()
    await me.menu("Shall we meet?", "Unpin")
    await expect(me.root.locator(".pinned")).not_to_contain_text("Shall we meet?")


async def test_a_message_is_forwarded(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.say("Worth passing on")
    await expect(other.message("Worth passing on")).to_be_visible()
    await other.menu("Worth passing on", "Forward")
    await other.dialog.get_by_role("button", name="Exam preparation").click()
    await me.open("Exam preparation")
    await expect(me.message("Worth passing on").locator(".forwarded")).to_contain_text("Forwarded from")


async def test_what_was_read_is_marked(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.say("Have you seen this?")
    await expect(other.message("Have you seen this?")).to_be_visible()
    await expect(me.message("Have you seen this?").get_by_label("read", exact=True)).to_be_visible()


async def test_unread_messages_are_counted_until_they_are_read(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await other.open("Exam preparation")
    await me.say("One more thing")
    name = "Beza B" if me.shape == "legacy" else "abel_t"
    badge = other.row(name).locator(".badge")
    await expect(badge).to_have_text("1 unread")
    await other.open(name)
    await expect(badge).to_have_count(0)


async def test_messages_are_searched(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await other.say("The word is chrysanthemum")
    await expect(me.message("The word is chrysanthemum")).to_be_visible()
    await me.button("Search messages").click()
    await me.dialog.get_by_label("Search for").fill("CHRYSANTH")
    await me.dialog.get_by_role("button", name="Search", exact=True).click()
    await expect(me.dialog.locator("mark")).to_have_text("chrysanth")


async def test_the_other_sees_that_one_is_typing(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.root.locator(".composer-input").press_sequentially("Well, I thin", delay=20)
    await expect(other.root.locator(".typing")).to_contain_text("is typing")


@pytest.mark.parametrize("shape", ["legacy", "modern"])
async def test_history_scrolls_back_to_the_first_message(shape: str, visit: Visit) -> None:
    page = await visit()
    me: Side = getattr(page, shape)
    await expect(me.messages.first).to_be_visible()
    token = page.stage.people[0]["token"]
    for number in range(70):
        answer = await page.raw.request.post(
            "/api/chat/conversations/11/messages?user_id=1",
            headers={"Authorization": f"Bearer {token}"},
            data={"content": f"Line {number}"},
        )
        assert answer.ok
    await expect(me.message("Line 69")).to_be_visible()
    await me.open("Exam preparation")
    await me.row("abel_t" if shape == "legacy" else "Beza B").click()
    await expect(me.message("Line 69")).to_be_visible()
    await expect(me.messages).to_have_count(50)
    await me.root.locator(".messages-scroll").evaluate("element => { element.scrollTop = 0 }")
    first = me.message("Selam Abel, did you finish the algebra sheet?")
    await expect(first).to_have_count(1)
    assert await me.root.locator(".messages-scroll").evaluate("element => element.scrollTop") > 100
