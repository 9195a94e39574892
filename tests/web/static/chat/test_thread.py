"""What one does with messages in one modal is seen in the other: both directions of each point of the checklist."""

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import expect

from demo.stage import Stage
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


async def test_a_text_is_typed_sent_read_edited_and_deleted(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.root.locator(".composer-input").press_sequentially("A first tex", delay=20)
    await expect(other.root.locator(".typing")).to_contain_text("is typing")
    await me.say("A first text")
    await expect(other.message("A first text")).to_have_class("message theirs")
    await expect(me.message("A first text").get_by_label("read", exact=True)).to_be_visible()
    await me.menu("A first text", "Edit")
    await expect(me.root.locator(".composer-input")).to_have_value("A first text")
    await me.say("A better text")
    await expect(other.message("A better text").locator(".meta")).to_contain_text("edited")
    await me.menu("A better text", "Delete")
    await me.confirm("Delete")
    await expect(other.message("A better text")).to_have_count(0)
    await expect(me.message("A better text")).to_have_count(0)


async def test_a_message_is_reacted_to_replied_to_pinned_and_searched(pair: tuple[Side, Side]) -> None:
    me, other = pair
    text = "Shall we eat chrysanthemums?"
    await other.say(text)
    await expect(me.message(text)).to_be_visible()
    await me.menu(text, "laugh")
    await expect(other.message(text).get_by_label("laugh, 1")).to_be_visible()
    await me.menu(text, "Reply")
    await me.say("At four")
    await expect(other.message("At four").locator(".quote")).to_contain_text(text)
    await me.menu(text, "Pin")
    await expect(me.root.locator(".pinned")).to_contain_text(text)
    await expect(other.message(text).get_by_label("pinned")).to_be_visible()
    await me.menu(text, "Unpin")
    await expect(me.root.locator(".pinned")).not_to_contain_text(text)
    await expect(other.message(text).get_by_label("pinned")).to_have_count(0)
    await me.button("Search messages").click()
    await me.dialog.get_by_label("Search for").fill("CHRYSANTH")
    await me.dialog.get_by_role("button", name="Search", exact=True).click()
    await expect(me.dialog.locator("mark")).to_have_text("chrysanth")


async def test_a_message_is_forwarded_and_counted_until_it_is_read(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.say("Worth passing on")
    await expect(other.message("Worth passing on")).to_be_visible()
    await other.menu("Worth passing on", "Forward")
    await other.dialog.get_by_role("button", name="Exam preparation").click()
    await me.open("Exam preparation")
    await expect(me.message("Worth passing on").locator(".forwarded")).to_contain_text("Forwarded from")
    name = me.called("Beza B", "abel_t")
    await other.say("One more thing")
    badge = me.row(name).locator(".badge")
    await expect(badge).to_have_text("1 unread")
    await me.open(name)
    await expect(badge).to_have_count(0)


async def test_history_scrolls_back_to_the_first_message(visit: Visit, stage: Stage) -> None:
    connection = await asyncpg.connect(stage.database)
    await connection.execute(
        "INSERT INTO chat_messages (conversation_id, sender_user_id, message_type, content, created_at)"
        " SELECT 11, 1, 'text', 'Line ' || number, now() AT TIME ZONE 'UTC' + number * interval '1 ms'"
        " FROM generate_series(0, 69) number"
    )
    await connection.close()
    page = await visit()
    for me in (page.legacy, page.modern):
        await expect(me.message("Line 69")).to_be_visible()
        await expect(me.messages).to_have_count(50)
        await me.root.locator(".messages-scroll").evaluate("element => { element.scrollTop = 0 }")
        first = me.message("Selam Abel, did you finish the algebra sheet?")
        await expect(first).to_have_count(1)
        assert await me.root.locator(".messages-scroll").evaluate("element => element.scrollTop") > 100
