"""The 22 points of the customer's checklist, each from the legacy side, from the modern side, and crosswise.

Real backend, real PostgreSQL. A point is written once, as what one client does and another sees; the table in
docs/checklist.md is made from these points (`python -m tests.system.test_checklist`).
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from tests.system.conftest import World
from tests.system.drivers import NAMES, Driver, Legacy, Modern, driver
from tests.system.fronted import Fronted
from tests.system.test_old_backend import world as old_world

__all__ = ["old_world"]

Point = Callable[[Driver, Driver, World], Awaitable[None]]
POINTS: dict[str, Point] = {}
COLUMNS = {
    "legacy": [("legacy", "legacy")],
    "modern": [("modern", "modern")],
    "crosswise": [("legacy", "modern"), ("modern", "legacy")],
}
#: What the real legacy client does only on its own screen, or not at all: through the API it works all the same.
LOCAL = {
    "send media": "the real client has no upload button; the API takes it",
    "reply": "the real client never fills reply_to_id; the API takes it",
    "search messages": "the real client searches only what it has loaded; the API searches all",
    "archive conversation": "the real client keeps it in the browser; the API keeps it for the person",
    "mute conversation": "the real client keeps it in the browser; the API keeps it for the person",
}
DIRECT, GROUP = 11, 12


def point(name: str) -> Callable[[Point], Point]:
    def add(function: Point) -> Point:
        POINTS[name] = function
        return function

    return add


@point("create direct conversation")
async def _(do: Driver, see: Driver, world: World) -> None:
    before = await do.start(see.user)
    assert await see.start(do.user) == before
    assert before in await do.conversations()
    assert before in await see.conversations()


@point("send text")
async def _(do: Driver, see: Driver, world: World) -> None:
    sent = await do.send(DIRECT, "one for you")
    seen = await see.message(DIRECT, sent)
    assert seen is not None
    assert (seen["content"], seen["is_mine"], seen["sender_user_id"]) == ("one for you", False, do.user)
    assert (await see.conversations())[DIRECT]["last_message"]["content"] == "one for you"
    mine = await do.message(DIRECT, sent)
    assert mine is not None
    assert mine["is_mine"]


@point("send media")
async def _(do: Driver, see: Driver, world: World) -> None:
    form = aiohttp.FormData()
    form.add_field("file", b"\x89PNG\r\n\x1a\n" + b"0" * 2000, filename="a.png", content_type="image/png")
    headers = {"Authorization": f"Bearer {do.client.token}"}
    url = f"{world.stage.gateway}/api/chat/media"
    async with world.session.post(url, data=form, params=do.client.identity, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        stored = await answer.json()
    assert stored["media_metadata"] == {"name": "a.png", "size": 2008, "mime": "image/png"}
    for kind in ("image", "video", "audio"):
        sent = await do.send(DIRECT, kind, **{**stored, "message_type": kind})
        seen = await see.message(DIRECT, sent)
        assert seen is not None
        assert (seen["message_type"], seen["media_metadata"]["name"]) == (kind, "a.png")
    async with world.session.get(f"{world.stage.gateway}{seen['media_url']}") as answer:
        assert (answer.status, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
        assert len(await answer.read()) == 2008


@point("react")
async def _(do: Driver, see: Driver, world: World) -> None:
    sent = await see.send(DIRECT, "react to this")
    await do.react(sent, "heart")
    await do.react(sent, "laugh")
    seen = await see.message(DIRECT, sent)
    assert seen is not None
    assert [(r["reaction"], r["count"]) for r in seen["reactions"]] == [("laugh", 1)]


@point("reply")
async def _(do: Driver, see: Driver, world: World) -> None:
    first = await see.send(DIRECT, "a question")
    seen = await see.message(DIRECT, await do.send(DIRECT, "an answer", reply_to_id=first))
    assert seen is not None
    assert (seen["reply_to_id"], seen["reply_to"]["content"]) == (first, "a question")


@point("forward")
async def _(do: Driver, see: Driver, world: World) -> None:
    answer = await do.forward(DIRECT, "as Fikru said", 6)
    assert answer.status == 200
    seen = (await see.messages(DIRECT))[-1]
    assert (seen["content"], seen["is_forwarded"], seen["forwarded_from_name"]) == (
        "as Fikru said",
        True,
        "somebody",
    )
    forbidden = await do.forward(DIRECT, "as Chala said", 3)
    assert (forbidden.status, "forward" in forbidden.body["detail"]) == (403, True)


@point("delete")
async def _(do: Driver, see: Driver, world: World) -> None:
    sent = await do.send(DIRECT, "a mistake")
    await do.delete(sent)
    assert await see.message(DIRECT, sent) is None
    assert await do.message(DIRECT, sent) is None


@point("edit")
async def _(do: Driver, see: Driver, world: World) -> None:
    sent = await do.send(DIRECT, "wrnog")
    await do.edit(sent, "wrong")
    seen = await see.message(DIRECT, sent)
    assert seen is not None
    assert (seen["content"], seen["is_edited"]) == ("wrong", True)


@point("pin")
async def _(do: Driver, see: Driver, world: World) -> None:
    sent = await see.send(DIRECT, "remember this")
    await do.pin(sent)
    assert sent in await see.pinned(DIRECT)
    seen = await see.message(DIRECT, sent)
    assert seen is not None
    assert seen["is_pinned"]


@point("create group")
async def _(do: Driver, see: Driver, world: World) -> None:
    group, refused = await do.create_group("Chess club", [see.user, 3, 6])
    assert refused == {6}  # Fikru refuses groups
    assert (await see.conversations())[group]["name"] == "Chess club"
    assert await see.members(group) == {do.user, see.user, 3}


@point("add participants")
async def _(do: Driver, see: Driver, world: World) -> None:
    group, _ = await do.create_group("Chess club", [see.user])
    assert await do.add(group, 4) == {4}
    assert await see.members(group) == {do.user, see.user, 4}


@point("remove participant")
async def _(do: Driver, see: Driver, world: World) -> None:
    group, _ = await do.create_group("Chess club", [see.user, 3])
    await do.remove(group, 3)
    assert await see.members(group) == {do.user, see.user}


@point("block")
async def _(do: Driver, see: Driver, world: World) -> None:
    await do.block(see.user)
    assert see.user in await do.blocked()
    refused = await see.forward(DIRECT, "let me in", 6)
    assert (refused.status, refused.body["detail"]) == (403, "You have been blocked by this user")


@point("unblock")
async def _(do: Driver, see: Driver, world: World) -> None:
    await do.block(see.user)
    await do.unblock(see.user)
    assert see.user not in await do.blocked()
    assert await see.send(DIRECT, "thank you")


@point("update privacy settings")
async def _(do: Driver, see: Driver, world: World) -> None:
    await do.save(who_can_message="none", allow_calls_from="none")
    seen = await see.settings_of(do.user)
    assert (seen["who_can_message"], seen["allow_calls_from"]) == ("none", "none")
    refused = await see.forward(DIRECT, "hello?", 6)
    assert (refused.status, refused.body["detail"]) == (403, "This user has disabled messages")


async def _call(do: Driver, see: Driver, kind: str) -> None:
    call = await do.call(DIRECT, kind)
    await do.hang_up(call, 42)
    seen = (await see.calls(DIRECT))[call]
    assert (seen["call_type"], seen["status"], seen["duration_seconds"]) == (kind, "ended", 42)
    assert (seen["is_caller"], seen["caller_user_id"]) == (False, do.user)


@point("voice call")
async def _(do: Driver, see: Driver, world: World) -> None:
    await _call(do, see, "voice")


@point("video call")
async def _(do: Driver, see: Driver, world: World) -> None:
    await _call(do, see, "video")


@point("search messages")
async def _(do: Driver, see: Driver, world: World) -> None:
    sent = await see.send(DIRECT, "the needle in the haystack")
    assert await do.search("NEEDLE") == {sent}


@point("view history")
async def _(do: Driver, see: Driver, world: World) -> None:
    sent = [await see.send(DIRECT, f"message {n}") for n in range(12)]
    newest = await do.messages(DIRECT, limit=5)
    assert [m["id"] for m in newest] == sent[-5:]
    before = {"before_id" if do.client.identity.get("profile_id") else "before_message_id": sent[-5]}
    assert [m["id"] for m in await do.messages(DIRECT, limit=5, **before)] == sent[-10:-5]


@point("mark as read")
async def _(do: Driver, see: Driver, world: World) -> None:
    sent = await see.send(DIRECT, "read me")
    assert (await do.conversations())[DIRECT]["unread_count"] > 0
    await do.mark_read(DIRECT)
    assert (await do.conversations())[DIRECT]["unread_count"] == 0
    seen = await see.message(DIRECT, sent)
    assert seen is not None
    assert seen["status"] == "read"


@point("archive conversation")
async def _(do: Driver, see: Driver, world: World) -> None:
    await do.archive(DIRECT, True)
    assert DIRECT not in await do.conversations()
    assert DIRECT in await do.conversations(filter_type="archived")
    assert DIRECT in await see.conversations()
    await do.archive(DIRECT, False)
    assert DIRECT in await do.conversations()


@point("mute conversation")
async def _(do: Driver, see: Driver, world: World) -> None:
    await do.mute(DIRECT, True)
    assert (await do.conversations())[DIRECT]["is_muted"]
    assert not (await see.conversations())[DIRECT]["is_muted"]


#: Who does it and who sees it in front of the old, role-based backend.
ON_OLD = [("modern", "modern"), ("modern", "legacy"), ("legacy", "modern")]
#: What the old backend cannot do for a modern client; docs/operations.md says why.
CANNOT_ON_OLD = {"send media", "search messages", "archive conversation"}
CASES = [
    pytest.param(name, do, see, id=f"{name}: {do} does, {see} sees")
    for name in POINTS
    for pairs in COLUMNS.values()
    for do, see in pairs
]


@pytest.mark.parametrize(("name", "do", "see"), CASES)
async def test_point(name: str, do: str, see: str, world: World) -> None:
    await POINTS[name](driver(world, do, 1), driver(world, see, 2), world)


def on_old(world: Fronted, side: str, user: int) -> Driver:
    """A person's client in front of the old backend; a legacy one in the role by which it is in the conversation."""
    if side == "modern":
        return Modern(world.through(world.modern(user)), user)
    return Legacy(world.through(world.legacy(user, {1: "student", 2: "tutor"}[user])), user)


@pytest.mark.parametrize(("do", "see"), ON_OLD)
@pytest.mark.parametrize("name", [name for name in POINTS if name not in CANNOT_ON_OLD])
async def test_point_on_the_old_backend(name: str, do: str, see: str, old_world: Fronted) -> None:
    await POINTS[name](on_old(old_world, do, 1), on_old(old_world, see, 2), old_world)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/chat/media"),
        ("GET", "/api/chat/search"),
        ("PUT", f"/api/chat/conversations/{DIRECT}/archive"),
    ],
)
async def test_what_the_old_backend_cannot_do_is_a_501(method: str, path: str, old_world: Fronted) -> None:
    client = old_world.through(old_world.modern(1))
    body = {"is_archived": True} if method == "PUT" else None
    assert (await client.ask(method, path, body, q="x")).status == 501


def test_there_are_twenty_two_points() -> None:
    assert len(POINTS) == 22
    assert set(LOCAL) <= set(POINTS)
    assert set(NAMES) >= {1, 2}


def test_the_table_in_the_documentation_is_the_one_that_these_tests_make() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "checklist.md").read_text("utf-8")
    assert page == the_page()


def the_page() -> str:
    """docs/checklist.md: one row a point; a tick is a test of this file that passes."""
    rows = [
        f"| {n} | {name} | ✓ | ✓ | ✓ | {'501' if name in CANNOT_ON_OLD else '✓'} | {LOCAL.get(name, '')} |"
        for n, name in enumerate(POINTS, 1)
    ]
    return "\n".join(
        [
            "# The 22 points",
            "",
            "Made by `python -m tests.system.test_checklist`; a tick is a test of that file, run",
            "against the real backend and PostgreSQL through the gateway: one client does it, the other sees it.",
            "",
            "In the column of the old backend the modern client does or sees it with a modern and with a legacy client",
            "beside it; that backend is ours, asked in the legacy shape only (`tests/system/test_old_backend.py`).",
            "",
            "| | point | legacy | modern | crosswise | modern on the old backend | the real legacy client |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    (Path(__file__).parent.parent.parent / "docs" / "checklist.md").write_text(the_page(), "utf-8")
    print(json.dumps({"points": len(POINTS)}))
