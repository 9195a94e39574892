"""Conversations, groups, blocks, settings, archive, mute: from either modal."""

import asyncio
from typing import Self

import pytest
import pytest_asyncio
from playwright.async_api import Request, Route, expect

from tests.web.side import Page, Side, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ABEL, BEZA, CHALA = ("Abel A", "abel_t"), ("Beza B", "beza_t"), ("Chala C", "chala_s")


@pytest_asyncio.fixture(loop_scope="session", params=["legacy", "modern"])
async def pair(request: pytest.FixtureRequest, visit: Visit) -> tuple[Side, Side]:
    """Abel, who acts, in one modal, and Beza, who watches, in the other."""
    if request.param == "legacy":
        page: Page = await visit("?show=both&legacy_user=1&legacy_role=student&modern_user=2")
        return page.legacy, page.modern
    page = await visit()
    return page.modern, page.legacy


def shape_of(request: Request) -> str:
    return "legacy" if "profile_id" in request.url else "modern"


async def test_a_conversation_begins_and_its_history_is_cleared(pair: tuple[Side, Side]) -> None:
    me, other = pair
    chala = me.called(*CHALA)
    await me.button("New conversation").click()
    await me.dialog.get_by_role("button", name=chala).click()
    await expect(me.root.locator(".thread-title h2")).to_have_text(chala)
    await me.say("Hello, Chala")
    await expect(me.message("Hello, Chala").get_by_label("sent")).to_be_visible()
    await expect(me.row(chala)).to_contain_text("You: Hello, Chala")
    await other.be(3)
    await other.open(other.called(*ABEL))
    await expect(other.message("Hello, Chala")).to_be_visible()
    await me.more("Clear history")
    await me.confirm("Clear")
    await expect(me.messages).to_have_count(0)
    await other.say("Hello, Abel")
    await expect(me.message("Hello, Abel")).to_be_visible()
    await expect(other.message("Hello, Chala")).to_be_visible()


async def test_a_group_is_made_and_its_members_change(pair: tuple[Side, Side]) -> None:
    me, other = pair
    beza, chala = me.called(*BEZA), me.called(*CHALA)
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
    members = me.dialog.get_by_role("list", name="Members")
    await expect(members).to_contain_text(beza)
    await other.open("Chess club")

    other.page.forgive("40")  # what the removed one still asks
    await me.dialog.get_by_role("button", name=f"Remove {beza}").click()
    await me.confirm("Remove")
    await expect(members).not_to_contain_text(beza)
    await me.button("Close").click()
    await expect(other.row("Chess club")).to_have_count(0)
    await expect(other.root.locator(".toast")).to_contain_text("no longer in Chess club")
    await expect(other.root.locator(".thread-title")).to_be_hidden()

    await other.open("Exam preparation")
    await other.more("Leave the group")
    await other.confirm("Leave")
    await expect(other.row("Exam preparation")).to_have_count(0)
    await me.open("Exam preparation")
    await me.more("Members")
    await expect(members).to_contain_text(chala)
    await expect(members).not_to_contain_text(beza)


async def test_a_block_stops_messages_until_it_is_lifted(pair: tuple[Side, Side]) -> None:
    me, other = pair
    await me.open(me.called(*BEZA))
    await other.open(other.called(*ABEL))
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
    await me.open(me.called(*BEZA))
    await other.open(other.called(*ABEL))
    await other.say("Read this")
    await expect(other.message("Read this").get_by_label("read", exact=True)).to_be_visible()
    await me.button("Settings").click()
    await me.dialog.get_by_label("Who may write to me").select_option("none")
    await me.dialog.get_by_label("Read marks").uncheck()
    await me.dialog.get_by_role("button", name="Save").click()
    await expect(me.root.locator(".toast")).to_contain_text("Settings saved")
    await expect(other.message("Read this").get_by_label("sent", exact=True)).to_be_visible()
    await me.button("Settings").click()
    await expect(me.dialog.get_by_label("Who may write to me")).to_have_value("none")
    await expect(me.dialog.get_by_label("Read marks")).not_to_be_checked()
    other.page.forgive("403")
    await other.say("Hello?")
    await expect(other.message("Hello?").locator(".failure")).to_be_visible()


async def test_what_is_muted_and_archived_stays_so_for_oneself(pair: tuple[Side, Side]) -> None:
    me, other = pair
    name = me.called(*BEZA)
    await me.open(name)
    await me.more("Mute")
    await expect(me.root.locator(".toast")).to_contain_text("Muted")
    await me.more("Archive")
    await expect(me.row(name)).to_have_count(0)
    await expect(other.row(other.called(*ABEL))).to_be_visible()
    await me.be(3)
    await me.be(1, "student")
    await expect(me.row(name)).to_have_count(0)
    await me.button("Archived").click()
    await me.open(name)
    await me.button("More about this conversation").click()
    await expect(me.root.get_by_role("menuitem", name="Unmute")).to_be_visible()


class HeldBack:
    """The next answer from there to one modal comes only at the end."""

    def __init__(self, side: Side, where: str) -> None:
        self.side, self.where = side, where
        self.read, self.over, self.told = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.side.page.raw.route(self.where, self.late)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.over.set()
        await asyncio.wait_for(self.told.wait(), 20)
        await self.side.page.raw.unroute(self.where, self.late)

    async def late(self, route: Route) -> None:
        if self.read.is_set() or shape_of(route.request) != self.side.shape:
            await route.continue_()
            return
        answer = await route.fetch()
        self.read.set()
        await self.over.wait()
        await route.fulfill(response=answer)
        self.told.set()


async def test_an_answer_of_before_undoes_nothing(pair: tuple[Side, Side]) -> None:
    """What was asked before somebody did something answers last, and is not believed."""
    me, _ = pair
    name = me.called(*BEZA)
    await me.open("Exam preparation")
    async with HeldBack(me, "**/api/chat/conversations/11?*") as details:
        await me.open(name)
        await asyncio.wait_for(details.read.wait(), 20)
        await me.open("Exam preparation")
        await expect(me.messages.first).to_be_visible()
    await expect(me.root.locator(".pinned")).to_contain_text("I do, it is in my office.")

    await me.open(name)
    await expect(me.root.locator(".pinned")).to_contain_text("The exam room is B12.")
    async with HeldBack(me, "**/api/chat/conversations?*") as rows:
        await asyncio.wait_for(rows.read.wait(), 20)
        async with me.page.raw.expect_response("**/archive*") as answer:
            await me.more("Archive")
        assert (await answer.value).ok
    async with me.page.raw.expect_response("**/api/chat/conversations?*"):
        pass
    await expect(me.row(name)).to_have_count(0)


async def test_requests_are_accepted(visit: Visit) -> None:
    page = await visit("?show=modern")
    box = page.modern.root.locator(".requests")
    await box.locator("summary").click()
    await expect(box.locator(".request")).to_have_count(4)
    await box.locator(".request").filter(has_text="Kidan").get_by_role("button", name="Accept").click()
    await expect(box.locator(".request")).to_have_count(3)


async def test_another_role_is_the_same_person_with_the_same_history(visit: Visit) -> None:
    page = await visit("?show=legacy&legacy_user=1&legacy_role=student")
    side = page.legacy
    await side.open("beza_t")
    await side.say("Said as a student")
    await expect(side.message("Said as a student").get_by_label("sent")).to_be_visible()
    await side.be(1, "tutor")
    await expect(side.root.locator(".identity, .side-head code").first).to_have_text("tutor 7")
    await side.open("beza_t")
    await expect(side.message("Said as a student")).to_have_class("message mine")


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
