"""Bad input gets a clear 4xx that says what and where, and the process lives."""

from typing import Any

import pytest

from tests.system.conftest import World

NOBODY = {"profile_id": 99, "profile_type": "tutor"}
MYSELF = {"profile_id": 5, "profile_type": "student"}
BIG = b'{"content":"' + b"x" * (11 * 1024 * 1024) + b'"}'


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "status", "says"),
    [
        ("POST", "/api/chat/messages", b"{", {}, 400, "$.body: not JSON"),
        ("POST", "/api/chat/messages", b'{"conversation_id":11,"conversation_id":12}', {}, 400, "conversation_id"),
        ("POST", "/api/chat/messages", b'{"conversation_id":11,"content":NaN}', {}, 400, "NaN"),
        ("POST", "/api/chat/messages", b"\xff\xfe{}", {}, 400, "UTF-8"),
        ("POST", "/api/chat/messages", b"[" * 1_000_000, {}, 400, "nested"),
        ("POST", "/api/chat/messages", b"\x00" * 1_000_000, {}, 400, "not JSON"),
        ("POST", "/api/chat/messages", {"content": "a"}, {}, 422, "$.body.conversation_id"),
        ("POST", "/api/chat/messages", {"conversation_id": "11x", "content": "a"}, {}, 422, "$.body.conversation_id"),
        ("POST", "/api/chat/messages", {"conversation_id": 2**63, "content": "a"}, {}, 422, "$.body.conversation_id"),
        ("POST", "/api/chat/messages", {"conversation_id": 11, "content": {"a": 1}}, {}, 422, "content"),
        ("POST", "/api/chat/messages", {"conversation_id": 11, "message_type": "bomb"}, {}, 422, "message_type"),
        ("POST", "/api/chat/messages", {"conversation_id": 14, "content": "a"}, {}, 403, "Not a participant"),
        ("POST", "/api/chat/messages", {"conversation_id": 2**40, "content": "a"}, {}, 403, "Not a participant"),
        ("POST", "/api/chat/messages", BIG, {}, 413, "large"),
        ("GET", "/api/chat/messages/٥", None, {}, 422, "$.path.conversation_id"),
        ("GET", "/api/chat/messages/99999999999999999999", None, {}, 422, "$.path.conversation_id"),
        ("GET", "/api/chat/messages/11", None, {"limit": "-1"}, 422, "limit"),
        ("GET", "/api/chat/messages/11", None, {"limit": "10001"}, 422, "limit"),
        ("GET", "/api/chat/nothing", None, {}, 404, "Not Found"),
        ("PATCH", "/api/chat/blocked", None, {}, 405, "Method Not Allowed"),
        ("POST", "/api/chat/conversations", {"participants": "all"}, {}, 422, "$.body.participants"),
        ("POST", "/api/chat/conversations", {"participants": [NOBODY]}, {}, 404, "$.body.participants[0]"),
        ("POST", "/api/chat/conversations", {"participants": [MYSELF]}, {}, 400, "yourself"),
        ("POST", "/api/chat/block", {"blocked_profile_type": "student"}, {}, 422, "$.body.blocked_profile_id"),
        ("POST", "/api/chat/conversations/11/typing", None, {"is_typing": "perhaps"}, 422, "$.query.is_typing"),
    ],
)  # fmt: skip
async def test_a_4xx_says_what_and_where(
    world: World, method: str, path: str, body: Any, query: dict[str, str], status: int, says: str
) -> None:
    abel = world.legacy(1, "student")
    answer = await abel.ask(method, path, body, **query)
    assert (answer.status, says in answer.body["detail"]) == (status, True), answer.text
    assert "Traceback" not in answer.text
    assert "X-Request-Id" in answer.headers
    await abel.get("/api/chat/blocked")


@pytest.mark.parametrize("name", ["profile_id", "profile_type", "user_id"])
async def test_a_repeated_identity_is_refused(world: World, name: str) -> None:
    url = f"{world.stage.gateway}/api/chat/blocked?profile_id=5&profile_type=student&user_id=1&{name}=1"
    headers = {"Authorization": f"Bearer {world.bearer(1)}"}
    async with world.session.get(url, headers=headers) as answer:
        assert answer.status == 400
        assert f"$.query.{name}" in (await answer.json())["detail"]
