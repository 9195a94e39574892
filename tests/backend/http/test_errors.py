import io

import pytest

from backend.http.app import LARGEST_BODY, create_app
from demo.databases import execute
from demo.postgres import EmbeddedPostgres
from tests.backend.conftest import ABEL, ABEL_BEZA, SECRET, STORY, token

HEADERS = {"Authorization": f"Bearer {token(ABEL)}"}
MESSAGES = f"/api/chat/conversations/{ABEL_BEZA}/messages"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/chat/nothing", b"", 404, "not_found"),
        ("PATCH", "/api/chat/contacts", b"", 405, "method_not_allowed"),
        ("POST", MESSAGES, b"{", 400, "invalid_request"),
        ("POST", MESSAGES, b"", 400, "invalid_request"),
        ("POST", MESSAGES, b"\xff\xfe", 400, "invalid_request"),
        ("POST", MESSAGES, b'{"content": "\\ud800"}', 400, "invalid_request"),
        ("POST", MESSAGES, b"[]", 422, "invalid_value"),
        ("POST", MESSAGES, b"null", 422, "invalid_value"),
        ("POST", MESSAGES, b'{"content": "x", "media_metadata": {"a": "\\u0000"}}', 422, "invalid_value"),
        ("GET", "/api/chat/contacts?search=%00", b"", 422, "invalid_value"),
        ("GET", f"{MESSAGES}?after=9999-12-31T23:59:59-14:00", b"", 422, "invalid_value"),
        (
            "PUT",
            "/api/chat/settings",
            b'{"settings":{"mute_until":"0001-01-01T00:00:00+14:00"}}',
            422,
            "invalid_value",
        ),
        ("DELETE", "/api/chat/messages/207/reactions/%00", b"", 422, "invalid_value"),
    ],
)
async def test_errors_say_what_and_nothing_internal(client, method, path, body, status, code):
    answer = await client.request(method, path, data=body, headers=HEADERS)
    content = await answer.json()
    assert (answer.status, content["code"]) == (status, code)
    assert isinstance(content["detail"], str)


async def test_a_body_beyond_the_limit(client):
    answer = await client.post(MESSAGES, data=io.BytesIO(b"x" * (LARGEST_BODY + 1)), headers=HEADERS)
    assert (answer.status, (await answer.json())["code"]) == (413, "too_large")


async def test_a_mistake_of_ours_is_logged_and_says_nothing(client, database, caplog):
    await database.execute("DROP TABLE blocked_chat_contacts CASCADE")
    answer = await client.get("/api/chat/blocked", headers=HEADERS)
    assert await answer.json() == {"detail": "Internal server error", "code": "internal"}
    assert answer.status == 500
    assert "blocked_chat_contacts" in caplog.text


async def test_without_a_database_it_is_503_and_then_works_again(aiohttp_client, caplog):
    with EmbeddedPostgres() as server:
        execute(server.dsn, STORY)
        client = await aiohttp_client(create_app(server.dsn, SECRET))
        assert (await client.get("/api/chat/contacts", headers=HEADERS)).status == 200
        server.stop_server()
        answer = await client.get("/api/chat/contacts", headers=HEADERS)
        assert (answer.status, "Retry-After" in answer.headers) == (503, True)
        assert (await client.get("/health")).status == 200
        server.start_server()
        assert (await client.get("/api/chat/contacts", headers=HEADERS)).status == 200
