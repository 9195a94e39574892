"""The page's pure modules, called in the browser with plain values."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.web.side import Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def blank(visit: Visit) -> Page:
    """A page of the demo's address that runs nothing itself."""
    page = await visit(None)
    page.forgive("favicon")
    await page.raw.goto(f"{page.stage.page}icon.svg")
    return page.raw


async def call(page: Page, module: str, name: str, *arguments: Any) -> Any:
    script = "async ([module, name, given]) => (await import(`/demo/${module}`))[name](...given)"
    return await page.evaluate(script, [module, name, list(arguments)])


async def test_who_the_legacy_client_says_it_is(visit: Visit) -> None:
    page = await blank(visit)
    me = {"id": 1, "active_role": "student", "role_ids": {"student": 5, "tutor": 7}}
    for role, wanted in (
        (None, {"profile_id": 5, "profile_type": "student", "user_id": 1}),
        ("tutor", {"profile_id": 7, "profile_type": "tutor", "user_id": 1}),
        # The known mistake: a role that the person lacks goes with the user's id.
        ("parent", {"profile_id": 1, "profile_type": "parent", "user_id": 1}),
    ):
        assert await call(page, "legacy/identity.js", "profileOf", me, role) == wanted


async def test_lists_of_messages(visit: Visit) -> None:
    page = await blank(visit)

    def message(number: int, text: str = "", **more: Any) -> dict[str, Any]:
        return {"id": number, "text": text, "at": f"2026-11-20T08:00:{number:02}Z", **more}

    merged = await call(
        page,
        "chat/timeline.js",
        "merge",
        [message(1), message(3, "old")],
        [message(3, "new"), message(2)],
    )
    assert [(one["id"], one.get("text", "")) for one in merged] == [
        (1, ""),
        (2, ""),
        (3, "new"),
    ]
    # What lies before the window stays, what is missing inside it was deleted.
    known = [message(1), message(2), message(3), message(4)]
    window = await call(page, "chat/timeline.js", "replaceWindow", known, [message(3), message(5)])
    assert [one["id"] for one in window] == [1, 2, 3, 5]
    assert await call(page, "chat/timeline.js", "newestTime", window) == message(5)["at"]
    assert await call(page, "chat/timeline.js", "newestTime", []) is None


async def test_the_marks_of_a_request(visit: Visit) -> None:
    page = await blank(visit)
    pieces = await call(
        page,
        "page/marks.js",
        "targetPieces",
        "/api/chat/messages?profile_id=5&user_id=2&name=a%20b&only=1",
        ["/api/chat/conversations/11/messages?user_id=2&name=a+b"],
    )
    marks = {one["text"]: one["mark"] for one in pieces if one["text"] not in "/?&"}
    assert marks == {
        "api": "",
        "chat": "",
        "messages": "",
        "profile_id=5": "role",
        "user_id=2": "user",
        "name=a b": "",
        "only=1": "moved",
    }
    pieces = await call(
        page,
        "page/marks.js",
        "bodyPieces",
        {"content": "hi", "conversation_id": 11, "participants": [{"profile_id": 5}]},
        [{"content": "hi", "participant_user_ids": [2]}],
    )
    assert [(one["text"], one["mark"]) for one in pieces if one["text"] not in "{},  "] == [
        ('content: "hi"', ""),
        ("conversation_id: 11", "moved"),
        ('participants: [{"profile_id":5}]', "role"),
    ]


async def test_times_as_people_read_them(visit: Visit) -> None:
    page = await blank(visit)
    assert [await call(page, "shared/time.js", "length", seconds) for seconds in (0, 5, 65, 3600, None)] == [
        "0:00",
        "0:05",
        "1:05",
        "60:00",
        "0:00",
    ]
    for name in ("clock", "day", "ago"):
        assert await call(page, "shared/time.js", name, "no time") == ""
