"""Conversations, groups, blocks, settings, archive, mute: from either modal."""

import asyncio

import pytest
import pytest_asyncio
from playwright.async_api import Request, Route, expect

from tests.web.side import Page, Side, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session", params=["legacy", "modern"])
async def pair(request: pytest.FixtureRequest, visit: Visit) -> tuple[Side, Side]:
    """Abel, who acts, in one modal, and Beza, who watches, in the other."""
    page: Page = await visit()
    if request.param == "legacy":
        await page.legacy.be(1, "student")
        await page.modern.be(2)
        return page.legacy, page.modern
    await page.legacy.be(2, "tutor")
    return page.modern, page.legacy


def shape_of(request: Request) -> str:
    return "legacy" if "profile_id" in request.url else "modern"


def name_of(side: Side, modern: str, legacy: str) -> str:
    """Somebody as this modal shows them."""
    return legacy if side.shape == "legacy" else modern


async def test_a_direct_conversation_begins(pair: tuple[Side, Side]) -> None:
    me, _ = pair
    name = name_of(me, "Chala C", "chala_s")
    await me.button("New conversation").click()
    await me.dialog.get_by_role("button", name=name).click()
    await expect(me.root.locator(".thread-title h2")).to_have_text(name)
    await me.say("Hello, Chala")
    await expect(me.message("Hello, Chala").get_by_label("sent")).to_be_visible()
    await expect(me.row(name)).to_contain_text("You: Hello, Chala")


async def test_a_group_is_made_and_its_members_change(pair: tuple[Side, Side]) -> None:
    me, other = pair
    beza, chala = name_of(me, "Beza B", "beza_t"), name_of(me, "Chala C", "chala_s")
    await me.button("New group").click()
    await me.dialog.get_by_label("Name").fill("Chess club")
    await me.dialog.locator("label.person").filter(has_text=chala).click()
    await me.dialog.get_by_role("button", name="Create").click()
    await expect(me.root.locator(".thread-title h2")).to_have_text("Chess club")
    await expect(other.row("Chess club")).to_have_count(0)

    await me.more("Members")
    await me.dialog.get_by_role("button", name="Add people").click()
    await me.dialog.last.locator("label.person").filter(has_text=beza).click()
    await me.dialog.last.get_by_role("button", name="Add", exact=True).click()
    await expect(me.dialog.get_by_role("list", name="Members")).to_contain_text(beza)
    await expect(other.row("Chess club")).to_be_visible()

    await me.dialog.get_by_role("button", name=f"Remove {beza}").click()
    await me.confirm("Remove")
    await expect(me.dialog.get_by_role("list", name="Members")).not_to_contain_text(beza)


async def test_a_block_stops_messages_until_it_is_lifted(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.open(name_of(me, "Beza B", "beza_t"))
    await other.open(name_of(other, "Abel A", "abel_t"))
    await me.more("Block")
    await expect(me.root.locator(".notice")).to_contain_text("You have blocked")
    other.page.forgive("403")
    await other.say("Are you there?")
    await expect(other.message("Are you there?").locator(".failure")).to_contain_text("blocked")
    await me.root.locator(".notice").get_by_role("button", name="Unblock").click()
    await expect(me.root.locator(".notice")).to_be_hidden()
    await other.message("Are you there?").get_by_role("button", name="Try again").click()
    await expect(me.message("Are you there?")).to_be_visible()


async def test_privacy_settings_are_kept_and_respected(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.button("Settings").click()
    await me.dialog.get_by_label("Who may write to me").select_option("none")
    await me.dialog.get_by_label("Read marks").uncheck()
    await me.dialog.get_by_role("button", name="Save").click()
    await expect(me.root.locator(".toast")).to_contain_text("Settings saved")
    await me.button("Settings").click()
    await expect(me.dialog.get_by_label("Who may write to me")).to_have_value("none")
    await expect(me.dialog.get_by_label("Read marks")).not_to_be_checked()
    await other.open(name_of(other, "Abel A", "abel_t"))
    other.page.forgive("403")
    await other.say("Hello?")
    await expect(other.message("Hello?").locator(".failure")).to_be_visible()


async def test_archived_conversations_move_out_of_the_way(pair: tuple[Side, Side]) -> None:
    me, other = pair
    name = name_of(me, "Beza B", "beza_t")
    await me.open(name)
    await me.more("Archive")
    await expect(me.row(name)).to_have_count(0)
    await expect(other.row(name_of(other, "Abel A", "abel_t"))).to_be_visible()
    await me.button("Archived").click()
    await expect(me.row(name)).to_be_visible()
    await me.page.raw.reload()
    await expect(me.page.raw.locator("body")).to_have_attribute("data-ready", "true")


async def test_a_list_read_before_archiving_does_not_bring_it_back(pair: tuple[Side, Side]) -> None:
    """The list of before answers last: it must not undo what happened since."""
    me, _ = pair
    name = name_of(me, "Beza B", "beza_t")
    await me.open(name)
    read, archived, told = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        if shape_of(route.request) == me.shape and not read.is_set():
            answer = await route.fetch()
            read.set()
            await archived.wait()
            await route.fulfill(response=answer)
            told.set()
        else:
            await route.continue_()

    await me.page.raw.route("**/api/chat/conversations?*", late)
    await asyncio.wait_for(read.wait(), 20)
    async with me.page.raw.expect_response("**/archive*") as answer:
        await me.more("Archive")
    assert (await answer.value).ok
    archived.set()
    await asyncio.wait_for(told.wait(), 20)
    async with me.page.raw.expect_response("**/api/chat/conversations?*"):
        pass
    await expect(me.row(name)).to_have_count(0)


async def test_a_muted_conversation_stays_muted(pair: tuple[Side, Side]) -> None:
    me, _ = pair
    name = name_of(me, "Beza B", "beza_t")
    await me.open(name)
    await me.more("Mute")
    await expect(me.root.locator(".toast")).to_contain_text("Muted")
    await me.be(3)
    await me.be(1, "student")
    await me.open(name)
    await me.button("More about this conversation").click()
    await expect(me.root.get_by_role("menuitem", name="Unmute")).to_be_visible()


async def test_requests_are_accepted(visit: Visit) -> None:
    page = await visit()
    box = page.modern.root.locator(".requests")
    await box.locator("summary").click()
    await expect(box.locator(".request")).to_have_count(4)
    await box.locator(".request").filter(has_text="Kidan").get_by_role("button", name="Accept").click()
    await expect(box.locator(".request")).to_have_count(3)


async def test_another_role_is_the_same_person_with_the_same_history(visit: Visit) -> None:
    page = await visit()
    side = page.legacy
    await side.be(1, "student")
    await side.open("beza_t")
    await side.say("Said as a student")
    await expect(side.message("Said as a student").get_by_label("sent")).to_be_visible()
    await side.be(1, "tutor")
    await expect(side.root.locator(".identity, .side-head code").first).to_have_text("tutor 7")
    await side.open("beza_t")
    await expect(side.message("Said as a student")).to_have_class("message mine")


async def test_a_group_is_left(pair: tuple[Side, Side]) -> None:
    me, other = pair
    other.page.forgive("/conversations/12/typing")  # a poll may be on its way while one leaves
    await other.open("Exam preparation")
    await other.more("Leave the group")
    await other.confirm("Leave")
    await expect(other.row("Exam preparation")).to_have_count(0)
    await me.open("Exam preparation")
    await me.more("Members")
    members = me.dialog.get_by_role("list", name="Members")
    await expect(members).to_contain_text(name_of(me, "Chala C", "chala_s"))
    await expect(members).not_to_contain_text(name_of(me, "Beza B", "beza_t"))


async def test_a_history_is_cleared_for_oneself_only(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.open(name_of(me, "Beza B", "beza_t"))
    await other.open(name_of(other, "Abel A", "abel_t"))
    await expect(me.messages.first).to_be_visible()
    await me.more("Clear history")
    await me.confirm("Clear")
    await expect(me.messages).to_have_count(0)
    await expect(other.message("Thank you both!")).to_be_visible()


async def test_a_poll_is_asked_and_answered(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.open("Exam preparation")
    await me.more("New poll")
    await me.dialog.get_by_label("Question").fill("Which evening?")
    await me.dialog.get_by_label("Options, one a line").fill("Monday\nTuesday")
    await me.dialog.get_by_role("button", name="Ask").click()
    await expect(me.root.locator(".poll", has_text="Which evening?")).to_be_visible()
    await other.open("Exam preparation")
    poll = other.root.locator(".poll", has_text="Which evening?")
    await poll.get_by_role("button", name="Tuesday").click()
    await expect(poll.get_by_role("button", name="Tuesday")).to_have_attribute("aria-pressed", "true")
    await expect(poll.locator(".poll-foot")).to_have_text("1 vote")
