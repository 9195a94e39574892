import pytest
from aiohttp import FormData

from backend.request_context import SERVICES
from backend.services.addresses import PREFIX
from tests.backend.conftest import ABEL, ABEL_BEZA, BEZA, GROUP, MODERN, token
from tests.support import openapi

HEADERS = {"Authorization": f"Bearer {token(ABEL)}"}


async def upload(client, content, name, mime):
    form = FormData(quote_fields=False)  # as browsers do
    form.add_field("note", "comes first and is not the file")
    form.add_field("file", content, filename=name, content_type=mime)
    answer = await client.post("/api/chat/media", data=form, headers=HEADERS)
    assert answer.status == 200
    body = await answer.json()
    openapi.check(MODERN, "media.upload", 200, body)
    return body


@pytest.mark.parametrize(
    ("mime", "served", "disposition"),
    [
        ("image/png", "image/png", "inline"),
        ("video/mp4", "video/mp4", "inline"),
        ("audio/ogg; codecs=opus", "audio/ogg", "inline"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
        ("text/html", "application/octet-stream", "attachment"),
        ("application/pdf", "application/octet-stream", "attachment"),
    ],
)
async def test_what_was_uploaded_comes_back(client, mime, served, disposition):
    body = await upload(client, b"some bytes", "ስዕል 1.png", mime)
    assert body["media_metadata"] == {"name": "ስዕል 1.png", "size": 10, "mime": mime.split(";")[0]}
    answer = await client.get(body["media_url"])
    assert (answer.status, await answer.read()) == (200, b"some bytes")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == served
    assert answer.headers["Content-Disposition"].startswith(f"{disposition}; filename*=UTF-8''%E1%88%B5")


async def test_a_part_of_it(client):
    body = await upload(client, b"0123456789", "a.mp4", "video/mp4")
    answer = await client.get(body["media_url"], headers={"Range": "bytes=2-4"})
    assert (answer.status, await answer.read()) == (206, b"234")


async def test_a_message_carries_it_to_the_other(client, person):
    body = await upload(client, b"x", "a.png", "image/png")
    sent = await person(ABEL).send(ABEL_BEZA, None, message_type="image", **body)
    got = (await person(BEZA).read(ABEL_BEZA))["messages"][-1]
    assert got["media_metadata"] == body["media_metadata"]
    for address in (sent["media_url"], got["media_url"]):
        assert (await client.get(address)).status == 200


async def test_the_database_holds_no_signature(client, person, database):
    body = await upload(client, b"x", "a.png", "image/png")
    sent = await person(ABEL).send(ABEL_BEZA, None, message_type="image", media_url=body["media_url"])
    stored = await database.fetchval("SELECT media_url FROM chat_messages WHERE id = $1", sent["id"])
    assert stored.startswith(PREFIX)
    assert "?" not in stored
    assert (await client.get(stored)).status == 404


async def test_a_picture_of_a_group(client, person):
    body = await upload(client, b"x", "a.png", "image/png")
    await person(ABEL).put(f"/api/chat/conversations/{GROUP}", {"avatar_url": body["media_url"]})
    entry = next(e for e in await person(BEZA).get("/api/chat/conversations") if e["id"] == GROUP)
    assert (await client.get(entry["avatar_url"])).status == 200


async def test_an_invented_address_cannot_be_sent_or_read(client, person):
    body = await upload(client, b"x", "a.png", "image/png")
    bare = body["media_url"].split("?")[0]
    answer = await person(ABEL).send(
        ABEL_BEZA, "x", media_url=f"{bare}?expires=99999999999&signature=0", status=422
    )
    assert "expired" in answer["detail"]
    for address in (
        f"{bare}?expires=99999999999&signature=0",
        f"{PREFIX}{'A' * 32}",
        f"{PREFIX}..%2F..%2Fetc%2Fpasswd",
    ):
        assert (await client.get(address)).status == 404


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"file": "not multipart"}, 400),
        (b"", 400),
        (FormData([("other", "x")], default_to_multipart=True), 400),
    ],
)
async def test_wrong_uploads(client, data, status):
    answer = await client.post("/api/chat/media", data=data, headers=HEADERS)
    assert (answer.status, (await answer.json())["code"]) == (status, "invalid_request")


async def test_too_large_leaves_nothing(client):
    storage = client.app[SERVICES].storage
    storage.largest = 1000
    form = FormData()
    form.add_field("file", b"x" * 1001, filename="a")
    assert (await client.post("/api/chat/media", data=form, headers=HEADERS)).status == 413
    assert list(storage.path.iterdir()) == []


async def test_nobody_uploads_without_a_token(client):
    form = FormData()
    form.add_field("file", b"x", filename="a")
    assert (await client.post("/api/chat/media", data=form)).status == 401
    form = FormData()
    form.add_field("file", b"x", filename="a")
    assert (await client.post("/api/chat/media?user_id=2", data=form, headers=HEADERS)).status == 403
