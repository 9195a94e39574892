import io

import pytest

from backend.http.app import LARGEST_BODY, create_app
from demo.databases import execute
from demo.postgres import EmbeddedPostgres
from tests.backend.conftest import ABEL, ABEL_BEZA, SECRET, STORY, token

HEADERS = {"Authorization": f"Bearer {token(ABEL)}"}
MESSAGES = f"/api/chat/conversations/{ABEL_BEZA}/messages"


@pytest.mark.parametrize("path", ["/health", "/api/health"])
async def test_health_needs_nobody(client, path):
    answer = await (await client.get(path)).json()
    assert answer["status"] == "healthy"
    assert answer["timestamp"].endswith("Z")


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


async def test_a_failed_operation_changes_nothing(person, database):
    """What writes is one transaction: a refusal at the end takes everything back."""
    before = await database.fetchval("SELECT count(*) FROM conversations")
    await person(ABEL).post(
        "/api/chat/conversations", {"participant_user_ids": [2], "type": "group", "name": "a\x00"}, status=422
    )
    assert await database.fetchval("SELECT count(*) FROM conversations") == before


async def test_the_role_is_told_to_the_database(client, database):
    await database.execute("""
        CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            NEW.sender_profile_type := split_part(current_setting('chat.profile', true), ':', 1);
            NEW.sender_profile_id := split_part(current_setting('chat.profile', true), ':', 2)::int;
            RETURN NEW; END $$;
        CREATE TRIGGER fill BEFORE INSERT ON chat_messages FOR EACH ROW EXECUTE FUNCTION fill()""")
    answer = await client.post(
        MESSAGES, json={"content": "x"}, headers={**HEADERS, "X-Chat-Profile": "tutor:7"}
    )
    row = await database.fetchrow(
        "SELECT sender_profile_type, sender_profile_id FROM chat_messages WHERE id = $1",
        (await answer.json())["id"],
    )
    assert tuple(row) == ("tutor", 7)
