"""Who calls, for every route there is: wrong tokens never reach an operation."""

import time

import jwt
import pytest

from backend.http.app import create_app
from backend.http.routes import RESOURCES
from tests.backend.conftest import ABEL, SECRET, token

ROUTES = [route for resource in RESOURCES for route in resource.ROUTES]
FILL = {"action": "accept", "reaction": "x", "type": "tutor"}


def path_of(route):
    path = route.path
    while "{" in path:
        name = path[path.index("{") + 1 : path.index("}")]
        path = path.replace("{" + name + "}", FILL.get(name.split(":")[0], "5"))
    return path


def unsigned():
    return jwt.encode({"sub": "1", "exp": time.time() + 600}, None, algorithm="none")


BEARERS = {
    "none": None,
    "basic": "Basic YTpi",
    "empty": "Bearer ",
    "garbage": "Bearer abc",
    "unsigned": f"Bearer {unsigned()}",
    "other secret": f"Bearer {token(ABEL, 'another secret of thirty-two bytes or more')}",
    "expired": f"Bearer {token(ABEL, exp=time.time() - 60)}",
    "without end": "Bearer " + jwt.encode({"sub": "1"}, SECRET, algorithm="HS256"),
    "administrator": "Bearer "
    + jwt.encode({"admin_id": 1, "type": "admin", "exp": time.time() + 60}, SECRET, algorithm="HS256"),
    "advertiser": f"Bearer {token(ABEL, type='advertiser')}",
    "refresh": f"Bearer {token(ABEL, jti='x')}",
    "nobody": f"Bearer {token(99999)}",
    "beyond": f"Bearer {token(2**40)}",
    "other digits": f"Bearer {token('١')}",
    "negative": f"Bearer {token(-1)}",
}


@pytest.mark.parametrize("bearer", BEARERS.values(), ids=BEARERS)
async def test_wrong_tokens_everywhere(client, bearer):
    headers = {"Authorization": bearer} if bearer else {}
    for route in ROUTES:
        answer = await client.request(route.method, path_of(route), headers=headers)
        assert answer.status == 401, route
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert (await answer.json())["code"] == "unauthenticated"


async def test_a_token_may_say_that_it_is_for_access(client):
    """As the gateway admits it; every other type is somebody else's."""
    headers = {"Authorization": f"Bearer {token(ABEL, type='access')}"}
    assert (await client.get("/api/chat/contacts", headers=headers)).status == 200


async def test_somebody_else_everywhere(client):
    headers = {"Authorization": f"Bearer {token(ABEL)}"}
    for route in ROUTES:
        answer = await client.request(route.method, path_of(route), params={"user_id": "2"}, headers=headers)
        assert answer.status == 403, route


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("user_id=1", 200),
        ("user_id=2", 403),
        ("user_id=1&user_id=2", 403),
        ("user_id=01", 200),
        ("user_id=x", 422),
        ("user_id=", 422),
        ("user_id=%D9%A1", 422),
    ],
)
async def test_what_the_query_says(client, query, status):
    answer = await client.get(
        f"/api/chat/contacts?{query}", headers={"Authorization": f"Bearer {token(ABEL)}"}
    )
    assert answer.status == status


@pytest.mark.parametrize(
    "change",
    [
        "is_active = false",
        "is_suspended = true",
        "account_status = 'deactivated'",
        "account_status = ' Banned '",
    ],
)
async def test_closed_accounts(person, database, change):
    await database.execute(f"UPDATE users SET {change} WHERE id = 1")
    answer = await person(ABEL).get("/api/chat/contacts", status=403)
    assert answer["detail"] == "This account is deactivated"


@pytest.mark.parametrize("change", ["is_active = NULL", "is_suspended = NULL", "account_status = 'verified'"])
async def test_open_accounts(person, database, change):
    await database.execute(f"UPDATE users SET {change} WHERE id = 1")
    await person(ABEL).get("/api/chat/contacts")


def test_a_short_secret_refuses_to_start():
    with pytest.raises(ValueError, match="32 bytes"):
        create_app("postgresql://nowhere", "short")
