"""Voice and video calls between all pairings of the two modals, with the browser's fake camera and microphone."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, WebSocket, expect

from gateway.sockets import bridge
from tests.web.side import Page, Side, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def call_of(side: Side, phase: str) -> Locator:
    return side.root.locator(f".call[data-phase='{phase}']")


async def two(visit: Visit, first: str, second: str, *, apart: bool = False) -> tuple[Side, Side]:
    """Beza in a modal of the first shape, Abel in one of the second; in two tabs where it must be."""
    people = "?show={0}&{1}_user=2&{1}_role=tutor&{2}_user=1&{2}_role=student"
    if apart or first == second:
        one = await visit(f"?show={first}&{first}_user=2&{first}_role=tutor")
        other = await visit(f"?show={second}&{second}_user=1&{second}_role=student")
    else:
        one = other = await visit(people.format("both", first, second))
    sides: list[Side] = [getattr(one, first), getattr(other, second)]
    for side in sides:
        await expect(side.root.locator(".modal[data-socket='open']")).to_be_visible()
    await sides[0].open(sides[0].called("Abel A", "abel_t"))
    await sides[1].open(sides[1].called("Beza B", "beza_t"))
    return sides[0], sides[1]


async def answered(caller: Side, callee: Side, kind: str) -> None:
    await caller.button(f"{kind} call").click()
    await expect(call_of(callee, "incoming")).to_contain_text("calling")
    await callee.button("Answer").click()
    for side in (caller, callee):
        await expect(call_of(side, "connected")).to_be_visible()


async def ended(caller: Side, callee: Side, words: str) -> None:
    """The call is over for both, and both find it in the conversation."""
    for side in (caller, callee):
        await expect(call_of(side, "idle")).to_be_hidden()
        await expect(side.root.locator(".call-row").last).to_contain_text(words)


@pytest.mark.parametrize("second", ["legacy", "modern"])
@pytest.mark.parametrize("first", ["legacy", "modern"])
async def test_a_call_is_answered_declined_cancelled_and_ended(visit: Visit, first: str, second: str) -> None:
    caller, callee = await two(visit, first, second)
    await answered(caller, callee, "Voice")
    await callee.button("Hang up").click()
    await ended(caller, callee, "Voice call")
    await answered(caller, callee, "Video")
    for side in (caller, callee):
        await expect(side.root.locator(".call-remote")).not_to_have_js_property("videoWidth", 0)
    await caller.button("Hang up").click()
    await ended(caller, callee, "Video call")

    await caller.button("Voice call").click()
    await callee.button("Decline").click()
    await expect(caller.root.locator(".toast").last).to_contain_text("declined")
    await ended(caller, callee, "Voice call · Declined")
    await caller.button("Voice call").click()
    await expect(call_of(callee, "incoming")).to_be_visible()
    await caller.button("Hang up").click()
    await expect(callee.root.locator(".toast").last).to_contain_text("cancelled the call")
    await ended(caller, callee, "Voice call · Cancelled")


@pytest.mark.parametrize(("first", "second"), [("legacy", "modern"), ("modern", "legacy")])
async def test_a_call_that_nobody_answers_ends_by_itself(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    monkeypatch.setattr(bridge, "RING_S", 0.5)
    caller, callee = await two(visit, first, second)
    await caller.button("Video call").click()
    await expect(call_of(callee, "incoming")).to_be_visible()
    await expect(caller.root.locator(".toast").last).to_contain_text("did not answer")
    await ended(caller, callee, "Video call · No answer")


async def test_nobody_is_there(visit: Visit) -> None:
    page = await visit()
    for side in (page.legacy, page.modern):
        await expect(side.root.locator(".modal[data-socket='open']")).to_be_visible()
        await side.open(side.called("Desta D", "chala_s"))
        await side.button("Voice call").click()
        await expect(side.root.locator(".toast")).to_contain_text("is not online")
        await expect(call_of(side, "idle")).to_be_hidden()


async def test_what_one_tab_answers_stops_ringing_in_the_other(visit: Visit) -> None:
    caller, callee = await two(visit, "legacy", "modern")
    second = Page(await callee.page.raw.context.new_page(), callee.page.stage)
    await second.go("?show=modern&modern_user=1&modern_role=student")
    await expect(second.modern.root.locator(".modal[data-socket='open']")).to_be_visible()
    await caller.button("Voice call").click()
    await expect(call_of(second.modern, "incoming")).to_be_visible()
    await callee.button("Answer").click()
    await expect(call_of(second.modern, "idle")).to_be_hidden()
    await expect(call_of(caller, "connected")).to_be_visible()
    assert second.problems == []


#: The fields of each frame that the old client sent.
FRAMES = {
    "call_invitation": "call_type conversation_id from_profile_id from_profile_type from_name from_avatar "
    "to_profile_id to_profile_type to_user_id offer",
    "ice_candidate": "conversation_id from_profile_id to_profile_id to_profile_type candidate",
    "call_answer": "conversation_id from_profile_id to_profile_id to_profile_type answer",
    "call_ended": "conversation_id from_profile_id to_profile_id to_profile_type call_type",
}


async def test_the_legacy_client_signals_as_it_always_did(visit: Visit) -> None:
    caller, callee = await two(visit, "legacy", "modern", apart=True)
    sent: list[dict[str, Any]] = []
    received: list[dict[str, Any]] = []
    paths: list[str] = []

    def listen(socket: WebSocket) -> None:
        if "/ws/" in socket.url:
            paths.append(urlsplit(socket.url).path)
            socket.on("framesent", lambda text: sent.append(json.loads(text)))
            socket.on("framereceived", lambda text: received.append(json.loads(text)))

    caller.page.on("websocket", listen)
    await caller.page.raw.reload()
    await expect(caller.root.locator(".modal[data-socket='open']")).to_be_visible()
    await caller.open("abel_t")
    await caller.button("Voice call").click()
    await callee.button("Answer").click()
    await expect(call_of(caller, "connected")).to_be_visible()
    await caller.button("Hang up").click()
    await expect(call_of(callee, "idle")).to_be_hidden()
    await callee.button("Video call").click()
    await caller.button("Answer").click()
    await expect(call_of(callee, "connected")).to_be_visible()
    assert paths == ["/ws/5/tutor"]
    for frame in sent:
        assert set(frame) == {"type", *FRAMES[frame["type"]].split()}
    assert {frame["type"] for frame in sent} == set(FRAMES)
    invitation = next(frame for frame in received if frame["type"] == "call_invitation")
    assert (invitation["from_profile_type"], invitation["from_profile_id"]) == ("tutor", 7)
