"""Our own old backend beside the new one, on one migrated database: what one writes, the other's clients read."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import aiohttp
import asyncpg
import pytest

from demo.stage import configuration, staged
from gateway.runtime import serve as gateway
from tests.system.conftest import SECRET, Client, World
from tests.system.fronted import places_of_differences
from tests.system.test_old_backend import CONVERSATION, GETS


class TwoBackends(World):
    """``front`` is a gateway before the old backend, the stage's own one is before the new."""

    front: str

    def through(self, client: Client) -> Client:
        """The same client, in front of the old backend."""
        return replace(client, url=self.front)


@pytest.fixture
async def world(make_database: Callable[..., str], migrated_template: str) -> AsyncIterator[TwoBackends]:
    dsn = make_database(template=migrated_template)
    async with staged(dsn, SECRET, observe=False) as stage, aiohttp.ClientSession() as session:
        upstream = {"url": stage.old_backend, "api": "legacy"}
        async with gateway.running(configuration(dsn, "", SECRET, upstream=upstream)) as front:
            found = TwoBackends(stage, session)
            found.front = front.url
            await everybody_was_just_there(dsn)
            yield found


async def everybody_was_just_there(dsn: str) -> None:
    """The template may have been made long ago; the backends call people online for minutes."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE chat_active_sessions SET last_active = localtimestamp")
    finally:
        await connection.close()


#: What the old backend cannot tell: who is online is never said of a contact, and votes are found by a bare number.
DIFFERENT = {
    "/api/chat/contacts": {"$.contacts[].is_online"},
    "/api/chat/polls/conversation/12": {"$.polls[].user_votes"},
}


@pytest.mark.parametrize("path", GETS)
async def test_what_a_modern_client_reads(world: TwoBackends, path: str) -> None:
    client = world.modern(1)
    path, _, text = path.partition("?")
    query = dict([text.split("=")]) if text else {}
    without, through = await client.get(path, **query), await world.through(client).get(path, **query)
    assert places_of_differences(without, through) == DIFFERENT.get(path, set())


async def test_what_one_backend_takes_the_other_gives(world: TwoBackends) -> None:
    """Abel writes by roles on the old backend, Beza by user ids on the new one, and each reads the other."""
    abel, beza = world.through(world.legacy(1, "student")), world.modern(2)
    id_ = (await abel.do("POST", "/api/chat/messages", {"conversation_id": 11, "content": "Selam"}))[
        "message_id"
    ]
    await beza.do("POST", f"/api/chat/messages/{id_}/reactions", {"reaction": "heart"})
    answer = (
        await beza.do("POST", f"{CONVERSATION}/messages", {"content": "Selam, Abel", "reply_to_id": id_})
    )["id"]
    await abel.do("POST", f"/api/chat/messages/{answer}/pin")
    await abel.do("PUT", f"/api/chat/messages/{id_}", {"content": "Selam!"})
    seen = {one["id"]: one for one in (await beza.get(f"{CONVERSATION}/messages"))["messages"]}
    read = {one["id"]: one for one in (await abel.get("/api/chat/messages/11"))["messages"]}
    assert (seen[id_]["content"], seen[id_]["sender_user_id"]) == ("Selam!", 1) == (read[id_]["content"], 1)
    assert seen[id_]["reactions"] == [{"reaction": "heart", "count": 1, "user_ids": [2]}]
    assert [one["reaction"] for one in read[id_]["reactions"]] == ["heart"]
    assert (seen[answer]["is_pinned"], read[answer]["is_pinned"]) == (True, True)
    assert read[answer]["sender_profile_type"] == "tutor"
    await beza.do("DELETE", f"/api/chat/messages/{answer}")
    assert answer not in {one["id"] for one in (await abel.get("/api/chat/messages/11"))["messages"]}


async def test_files_lie_where_both_find_them(world: TwoBackends) -> None:
    form = aiohttp.FormData()
    form.add_field("file", b"picture", filename="a.png", content_type="image/png")
    headers = {"Authorization": f"Bearer {world.people[1]['token']}"}
    async with world.session.post(
        f"{world.stage.gateway}/api/chat/media?user_id=1", data=form, headers=headers
    ) as answer:
        assert answer.status == 200
        url = (await answer.json())["media_url"]
    async with world.session.get(world.front + url) as answer:
        assert await answer.read() == b"picture"
