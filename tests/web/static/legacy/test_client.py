"""The legacy modal on the wire: paths, parameters in their order, bodies, headers, as the old client sent them."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.async_api import Request, expect

from tests.web.side import Page, Side, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

P3 = ["profile_id", "profile_type", "user_id"]
P2 = ["profile_id", "profile_type"]
DEVICE = ["device_name", "device_type", "browser", "os"]
#: Method and path of each request, and the names of its parameters; a list of lists where there are several forms.
FORMS: list[tuple[str, list[list[str]]]] = [
    (r"GET /api/me", [[]]),
    (r"GET /api/(tutor|student|parent)/\d+", [[]]),
    (r"GET /api/chat/conversations", [P3, [*P3, "filter_type"]]),
    (r"GET /api/chat/conversations/\d+", [P3]),
    (r"GET /api/chat/connection-requests", [P3]),
    (r"GET /api/chat/contacts", [P3]),
    (r"GET /api/chat/messages/\d+", [P3, [*P3, "after"], [*P3, "limit"]]),
    (r"GET /api/chat/blocked", [P3]),
    (r"GET /api/chat/settings", [P2]),
    (r"PUT /api/chat/settings", [[]]),
    (r"GET /api/chat/security/two-step", [P2]),
    (r"GET /api/chat/polls/conversation/\d+", [P3]),
    (r"GET /api/call-logs/\d+", [P3]),
    (r"GET /api/chat/conversations/\d+/typing", [P2]),
    (r"POST /api/chat/conversations/\d+/typing", [[*P2, "is_typing"]]),
    (r"GET /api/chat/users/online-status", [[*P3, "profile_ids"]]),
    (r"POST /api/chat/users/status/update", [[*P3, *DEVICE]]),
    (r"POST /api/chat/messages", [P3]),
    (r"(PUT|DELETE) /api/chat/messages/\d+", [P3]),
    (r"POST /api/chat/messages/\d+/(reactions|pin)", [P3]),
    (r"DELETE /api/chat/messages/\d+/pin", [[]]),
    (r"POST /api/chat/block", [P3]),
    (r"DELETE /api/chat/block/\d+/(tutor|student|parent)", [P3]),
    (r"POST /api/chat/conversations", [P3]),
    (r"POST /api/chat/conversations/\d+/participants", [P3]),
    (r"DELETE /api/chat/conversations/\d+/participants/\d+/(tutor|student|parent)", [P3]),
]
#: What a browser adds by itself.
BROWSERS_OWN = {
    "referer",
    "user-agent",
    "accept-language",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
}


def problem(request: Request) -> str | None:
    """What is wrong with a request, or None."""
    parts = urlsplit(request.url)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    asked = f"{request.method} {parts.path}"
    for form, allowed in FORMS:
        if re.fullmatch(form, asked):
            return None if names in allowed else f"{asked}: {names}"
    return f"{asked}: nothing that the old client sends"


async def walk(side: Side) -> None:
    """Through everything that the old client can do without `extended`."""
    await side.open("Exam preparation")
    await expect(side.messages.first).to_be_visible()
    await side.open("abel_t")
    await expect(side.messages.first).to_be_visible()
    await side.root.locator(".composer-input").press_sequentially("As ever")
    await side.button("Send").click()
    await expect(side.message("As ever").get_by_label("sent")).to_be_visible()
    await side.menu("As ever", "Reply")
    await side.say("A reply")
    await expect(side.message("A reply").get_by_label("sent")).to_be_visible()
    await side.menu("As ever", "heart")
    await expect(side.message("As ever").get_by_label("heart, 1")).to_be_visible()
    await side.menu("As ever", "Pin")
    await side.menu("As ever", "Unpin")
    await side.menu("As ever", "Forward")
    await side.dialog.get_by_role("button", name="Exam preparation").click()
    await side.menu("As ever", "Delete")
    await side.confirm("Delete")
    await side.more("Block")
    await expect(side.root.locator(".notice")).to_contain_text("You have blocked")
    await side.more("Unblock")
    await side.more("Archive")
    await side.button("Settings").click()
    await side.dialog.get_by_role("button", name="Save").click()
    await side.button("New conversation").click()
    await expect(side.dialog.locator(".person").first).to_be_visible()
    await side.root.get_by_role("button", name="Close").click()


async def test_every_request_has_the_old_client_s_form(visit: Visit) -> None:
    requests: list[Request] = []
    page: Page = await visit(None)
    page.on("request", lambda request: "/api/" in request.url and requests.append(request))
    await page.go("?show=legacy&extended=no")
    await walk(page.legacy)
    async with page.raw.expect_request(re.compile("after=")):
        pass
    assert [found for found in map(problem, requests) if found] == []
    headers = set()
    for request in requests:
        headers |= set(request.headers) - BROWSERS_OWN
    assert headers == {"authorization", "content-type"}

    bodies = {f"{one.method} {urlsplit(one.url).path}": one.post_data for one in requests if one.post_data}
    sent = json.loads(bodies["POST /api/chat/messages"] or "")
    assert sent.keys() >= {"conversation_id", "content", "message_type"}
    assert [one for one in map(reply_of, requests) if one is not None] == []
    assert json.loads(bodies["POST /api/chat/block"] or "") == {
        "blocked_profile_id": 7,
        "blocked_profile_type": "tutor",
        "blocked_user_id": 1,
    }
    settings = json.loads(bodies["PUT /api/chat/settings"] or "")
    assert (settings["profile_id"], settings["profile_type"]) == (5, "tutor")
    assert not [name for name in bodies if name.endswith(("/typing", "/update"))], "these bodies are empty"


def reply_of(request: Request) -> Any:
    """What the request answers to; the old client never says."""
    return json.loads(request.post_data).get("reply_to_id") if request.post_data else None


async def test_extended_says_what_the_old_client_never_said(visit: Visit) -> None:
    page = await visit("?show=legacy")
    side = page.legacy
    await side.open("abel_t")
    await side.say("First")
    await expect(side.message("First").get_by_label("sent")).to_be_visible()
    await side.menu("First", "Reply")
    await side.say("Second")
    await expect(side.message("Second").locator(".quote")).to_contain_text("First")
    await side.more("Mute")
    await expect(side.root.locator(".toast")).to_contain_text("Muted")
    texts = [one.text for one in page.requests]
    assert any(re.search(r'"reply_to_id":\d+', text) for text in texts)
    assert any(
        re.search(r"PUT .*/conversations/11/mute\?muted=true&profile_id=5&profile_type=tutor", text)
        for text in texts
    )
