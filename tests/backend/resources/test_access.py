"""Every operation that names a conversation or a message refuses strangers, and tells them nothing."""

import pytest

from backend.http.routes import RESOURCES
from backend.resources.access import NOT_IN_IT, check_admin
from contracts.model.errors import Forbidden
from tests.backend.conftest import ABEL, BEZA_CHALA, GENET

BODIES = {
    "/messages": {"content": "x"},
    "/messages/{message_id}": {"content": "x"},
    "/reactions": {"reaction": "x"},
    "/participants": {"participant_user_ids": [2]},
    "/conversations/{conversation_id}": {"name": "x"},
    "/typing": {"is_typing": True},
    "/mute": {"is_muted": True},
    "/archive": {"is_archived": True},
}
# Nothing of the conversation is in these answers: one's own setting, and "not there" is as good as "gone".
OPEN = ("/typing-allowed", "/reactions/{reaction}")
ROUTES = [
    (route.method, route.path)
    for resource in RESOURCES
    for route in resource.ROUTES
    if ("{conversation_id}" in route.path or "{message_id}" in route.path) and not route.path.endswith(OPEN)
]


def body_of(path):
    return next((body for end, body in BODIES.items() if path.endswith(end)), None)


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{m} {p}" for m, p in ROUTES])
async def test_strangers(person, method, path):
    named = path.replace("{conversation_id}", str(BEZA_CHALA)).replace("{message_id}", "241")
    named = named.replace("{participant_user_id}", "2")
    answer = await person(ABEL)(
        method, named, body_of(path) if method in ("POST", "PUT") else None, status=403
    )
    assert answer["detail"] == NOT_IN_IT


CONVERSATIONS = [(m, p) for m, p in ROUTES if "{conversation_id}" in p]


@pytest.mark.parametrize(("method", "path"), CONVERSATIONS, ids=[f"{m} {p}" for m, p in CONVERSATIONS])
async def test_one_that_is_not_there_looks_the_same(person, method, path):
    named = path.replace("{conversation_id}", "99999").replace("{participant_user_id}", "2")
    body = body_of(path) if method in ("POST", "PUT") else None
    assert (await person(GENET)(method, named, body, status=403))["detail"] == NOT_IN_IT


@pytest.mark.parametrize(("kind", "role"), [("direct", "member"), ("group", "admin")])
def test_who_may(kind, role):
    check_admin({"type": kind, "role": role}, "do this")


@pytest.mark.parametrize("kind", ["group", "channel"])
def test_who_may_not(kind):
    with pytest.raises(Forbidden, match="Only admins can do this"):
        check_admin({"type": kind, "role": "member"}, "do this")
