import pytest

from tests.support import openapi

DONE = {"success": True, "message": "ok"}


@pytest.fixture
def modern() -> openapi.Document:
    return openapi.load("modern")


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/api/chat/users/online-status", "presence.bulk"),
        ("POST", "/api/chat/users/status/update", "presence.update"),
        ("GET", "/api/chat/users/5/status", "presence.get"),
        ("GET", "/api/chat/conversations/11/messages", "messages.list"),
        ("DELETE", "/api/chat/messages/1/reactions/heart", "reactions.remove"),
        ("GET", "/api/chat/nothing", None),
        ("GET", "/api/tutor/5", "profiles.get"),
    ],
)
def test_find(modern, method, path, operation):
    assert openapi.find(modern, method, path) == operation


@pytest.mark.parametrize(
    ("operation", "status", "body"),
    [
        ("reactions.add", 200, DONE),
        ("reactions.add", 403, {"detail": "no", "code": "forbidden"}),
        ("conversations.list", 200, []),
    ],
)
def test_what_is_promised_passes(modern, operation, status, body):
    openapi.check(modern, operation, status, body)


@pytest.mark.parametrize(
    ("operation", "status", "body"),
    [
        ("reactions.add", 200, {"success": False, "message": "ok"}),
        ("reactions.add", 200, {"message": "ok"}),
        ("reactions.add", 403, {"detail": ["no"], "code": "forbidden"}),
        ("reactions.add", 201, DONE),
        ("conversations.list", 200, [{"id": "11"}]),
        ("blocks.list", 200, {"blocked_contacts": [{"id": 1}]}),
    ],
)
def test_what_deviates_fails(modern, operation, status, body):
    with pytest.raises(AssertionError):
        openapi.check(modern, operation, status, body)
