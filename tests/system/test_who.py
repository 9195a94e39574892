"""Who may act as whom, for every operation, over real sockets against the real backend."""

import time
from typing import Any

import jwt
import pytest

from adapters import OPERATIONS
from contracts.operation import Operation
from gateway.exchange.routes import fill
from tests.system.conftest import SECRET, World

ROWS = [row for row in OPERATIONS if row.legacy and row.modern and not row.upload]
LATER, OVER = int(time.time()) + 3600, int(time.time()) - 3600


def _signed(claims: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret if algorithm != "none" else None, algorithm=algorithm)


BAD_TOKENS = {
    "expired": _signed({"sub": "1", "exp": OVER}),
    "without an end": _signed({"sub": "1"}),
    "alg none": _signed({"sub": "1", "exp": LATER}, algorithm="none"),
    "another secret": _signed({"sub": "1", "exp": LATER}, secret="x" * 48),
    "HS512": _signed({"sub": "1", "exp": LATER}, secret="x" * 64, algorithm="HS512"),
    "admin": _signed({"admin_id": 1, "email": "a@example.test", "type": "admin", "exp": LATER}),
    "advertiser": _signed({"advertiser_id": 1, "type": "advertiser", "exp": LATER}),
    "admin with a sub": _signed({"sub": "1", "type": "admin", "exp": LATER}),
    "refresh": _signed({"sub": "1", "jti": "abc", "exp": LATER}),
    "advertiser refresh": _signed({"sub": "1", "type": "advertiser_refresh", "exp": LATER}),
    "sub in other digits": _signed({"sub": "١", "exp": LATER}),
    "sub with a blank": _signed({"sub": " 1", "exp": LATER}),
    "nobody": _signed({"sub": "99", "exp": LATER}),
    "no token at all": "x.y.z",
}


async def _everything(
    world: World, identity: dict[str, str], bearer: str | None
) -> dict[str, tuple[int, Any]]:
    """Every operation in the shape that the identity tells, as user 1 or with the given token."""
    client = world.client(1, identity, bearer=bearer)
    if bearer == "":
        client = world.client(None, identity)
    found = {}
    for row in ROWS:
        method, path = _request(row, "profile_id" in identity)
        answer = await client.ask(method, path, None if method in ("GET", "DELETE") else {})
        found[row.name] = (answer.status, answer.body)
    return found


def _request(row: Operation, legacy: bool) -> tuple[str, str]:
    endpoint = row.legacy if legacy else row.modern
    assert endpoint is not None
    values = {name: "5" if name.endswith("_id") else "tutor" for name in endpoint.parameters}
    return endpoint.method, fill(endpoint.template, values)


LEGACY, MODERN = {"profile_id": "5", "profile_type": "student"}, {"user_id": "1"}


@pytest.mark.parametrize("identity", [LEGACY, MODERN], ids=["legacy", "modern"])
@pytest.mark.parametrize("kind", [*BAD_TOKENS, "none"])
async def test_a_token_that_we_do_not_believe_is_a_401_everywhere(
    world: World, identity: dict[str, str], kind: str
) -> None:
    found = await _everything(world, identity, BAD_TOKENS.get(kind, ""))
    assert {name: status for name, (status, _) in found.items() if status != 401} == {}
    assert all(isinstance(body["detail"], str) and body["request_id"] for _, body in found.values())


@pytest.mark.parametrize(
    "identity",
    [
        {"profile_id": "5", "profile_type": "tutor"},
        {"profile_id": "99", "profile_type": "student"},
        {"profile_id": "1", "profile_type": "student"},
        {"profile_id": "5", "profile_type": "student", "user_id": "2"},
        {"user_id": "2"},
    ],
    ids=["somebody's profile", "nobody's", "the fallback where it is none", "somebody's user_id", "modern"],
)
async def test_somebody_elses_name_is_a_403_everywhere(world: World, identity: dict[str, str]) -> None:
    found = await _everything(world, identity, None)
    # The legacy client reads other people's public settings through the caller's place.
    allowed = {"settings.get"} if "user_id" not in identity else set()
    assert {name: status for name, (status, _) in found.items() if status != 403} == dict.fromkeys(
        allowed, 200
    )
    assert all(isinstance(body["detail"], str) for name, (_, body) in found.items() if name not in allowed)


@pytest.mark.parametrize(
    ("user", "identity"),
    [
        (1, {"profile_id": "undefined", "profile_type": "student", "user_id": "undefined"}),
        (1, {"profile_id": "null", "profile_type": "null"}),
        (1, {}),
        (3, {"profile_id": "3", "profile_type": "tutor"}),
        (7, {"profile_id": "7", "profile_type": "student"}),
        (7, {"profile_id": "7", "profile_type": "user"}),
    ],
    ids=["undefined", "null", "no claim", "fallback", "fallback without profiles", "by user id"],
)
async def test_the_lists_answer_200_for_whoever_the_token_names(
    world: World, user: int, identity: dict[str, str]
) -> None:
    client = world.client(user, identity)
    for path in ("conversations", "contacts", "connection-requests", "blocked", "users/online-status"):
        assert (await client.ask("GET", f"/api/chat/{path}")).status == 200


async def test_a_deactivated_account_is_let_in_no_longer(world: World) -> None:
    abel = world.legacy(1, "student")

    async def refused() -> bool:
        return (await abel.ask("GET", "/api/chat/blocked")).status == 403

    assert not await refused()
    await world.sql("UPDATE users SET is_active = false WHERE id = 1")
    await world.until(refused)


async def test_other_peoples_settings_are_four_and_nobodys_are_the_defaults(world: World) -> None:
    abel = world.client(1, {})
    public = {"who_can_message", "allow_calls_from", "disable_forwarding", "block_screenshots"}
    fikru = await abel.get("/api/chat/settings", profile_id=8, profile_type="tutor")
    assert fikru["settings"].keys() == public
    assert fikru["settings"]["who_can_message"] == "none"
    nobody = await abel.get("/api/chat/settings", profile_id=99, profile_type="tutor")
    assert nobody["settings"]["who_can_message"] == "everyone"
    own = await abel.get("/api/chat/settings", profile_id=7, profile_type="tutor")
    assert len(own["settings"]) >= 25


@pytest.mark.parametrize(
    "spelling", ["X-User-Id", "X_User_Id", "X-Chat-Profile", "x-chat-profile", "X-Forwarded-User"]
)
async def test_a_header_never_says_who_somebody_is(world: World, spelling: str) -> None:
    url = f"{world.stage.gateway}/api/chat/conversations"
    headers = {"Authorization": f"Bearer {world.bearer(7)}", spelling: "1"}
    async with world.session.get(url, headers=headers) as answer:
        assert await answer.json() == []
