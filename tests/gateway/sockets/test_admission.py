"""Who gets in, by which door and under which name; everybody else is refused before the upgrade."""

import itertools
from typing import Any

import pytest

from contracts.model.errors import Forbidden, NotFound
from contracts.model.profile import PROFILE_TYPES, Profile
from gateway.sockets.admission import Asked, read_path
from tests.gateway.sockets.world import ABEL, NOW, PEOPLE, World, person
from tests.gateway.sockets.world import world as make_world

PAGE = "https://app.example.org"
OTHER_PAGE = "https://other.example.org"
COOKIE = {"Cookie": "chat_gateway=token-of-1"}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/ws/5/student", Asked(True, Profile("student", 5), None)),
        ("/ws/5/TUTOR", Asked(True, Profile("tutor", 5), None)),
        ("/ws/7/user", Asked(True, Profile("user", 7), None)),
        ("/ws/1", Asked(False, None, 1)),
        ("/ws/undefined", Asked(False, None, None)),
        ("/ws/undefined/student", Asked(True, None, None)),
        ("/ws/5/null", Asked(True, None, None)),
        ("/ws/NaN/undefined", Asked(True, None, None)),
    ],
)
def test_what_a_path_says(path: str, asked: Asked) -> None:
    assert read_path(path) == asked


@pytest.mark.parametrize(
    "path", ["/ws", "/ws/", "/ws/5/student/", "/ws/5/student/extra", "/WS/1", "/x/5/tutor"]
)
def test_what_is_no_path_of_ours(path: str) -> None:
    with pytest.raises(NotFound):
        read_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "/ws/x/student",
        "/ws/5/banana",
        "/ws/0",
        "/ws/-3",
        "/ws/1%2F2",
        "/ws/٥/student",
        "/ws/%D9%A5",
        "/ws/ 1",
    ],
)
def test_what_is_nobodys_name(path: str) -> None:
    with pytest.raises(Forbidden):
        read_path(path)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/ws/5/student", "student_5"),
        ("/ws/5/Student", "student_5"),
        ("/ws/7/tutor", "tutor_7"),
        ("/ws/1/user", "user_1"),
        ("/ws/1", "user_1"),
        ("/ws/undefined", "user_1"),
        # The caller's own name: the first in the order of preference.
        ("/ws/undefined/student", "tutor_7"),
        ("/ws/undefined/null", "tutor_7"),
        # The old client's fallback: its user id for a role that it does not have.
        ("/ws/1/parent", "parent_1"),
    ],
)
async def test_the_first_frame_says_who_one_is(world: World, path: str, key: str) -> None:
    """Incident 10: `/ws/undefined/null`, from a client that had lost its profile."""
    client = await world.knock(path, 1)
    assert await client.next() == {"type": "connection", "status": "connected", "connection_key": key}
    assert world.sockets.online(1)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ws/5/tutor", 403),  # Beza's
        ("/ws/6/student", 403),
        ("/ws/999/parent", 403),
        ("/ws/1/student", 403),  # no fallback: Abel has a student profile
        ("/ws/2/user", 403),
        ("/ws/2", 403),
        ("/ws/0", 403),
        ("/ws/5/banana", 403),
        ("/ws/x/student", 403),
        ("/ws/5/student/extra", 404),
    ],
)
async def test_somebody_elses_name_is_refused(world: World, path: str, status: int) -> None:
    assert await world.refused(f"{path}?token=token-of-1") == status
    assert not world.sockets.online(1)


@pytest.mark.parametrize(
    "path",
    [
        "/ws/5/student",
        "/ws/1",
        "/ws/undefined/student",
        "/ws/undefined/null",
        "/ws/5/student?token=undefined",
    ],
)
async def test_nobody_is_refused(world: World, path: str) -> None:
    assert await world.refused(path) == 401


@pytest.mark.parametrize("token", ["x", "token-of-", "token-of-99"])
async def test_a_bad_token_is_nobody(world: World, token: str) -> None:
    assert await world.refused(f"/ws/1?token={token}") == 401


async def test_two_tokens_are_a_contradiction(world: World) -> None:
    assert await world.refused("/ws/1?token=token-of-1&token=token-of-2") == 400


async def test_an_inactive_account_is_refused(world: World) -> None:
    world.directory.people[1] = ABEL._replace(active=False)
    assert await world.refused("/ws/1?token=token-of-1") == 403


async def test_who_cannot_be_known_is_not_let_in(world: World) -> None:
    world.directory.away = True
    assert await world.refused("/ws/1?token=token-of-1") == 503


async def test_the_token_as_subprotocol_is_answered_with_its_name_only(world: World) -> None:
    client = await world.dial("/ws/5/student", protocols=("bearer", "token-of-1"))
    assert client.ws.protocol == "bearer"
    assert client.ws._response.headers["X-Request-Id"]
    assert (await client.next())["connection_key"] == "student_5"


async def test_the_token_as_header(world: World) -> None:
    client = await world.dial("/ws/1", headers={"Authorization": "Bearer token-of-1"})
    assert client.ws.protocol is None
    assert (await client.next())["connection_key"] == "user_1"


async def test_a_plain_request_is_no_socket(world: World) -> None:
    async with world.session.get(f"{world.url}/ws/1?token=token-of-1") as answer:
        assert answer.status == 400


@pytest.mark.parametrize(
    ("origins", "page", "status"),
    [
        ((), None, 101),  # no browser: nobody was tricked
        ((), "http://{host}", 101),
        ((), "https://{host}", 101),  # behind a proxy that ends TLS
        ((), PAGE, 403),
        ((), "null", 403),
        ((), "http://{host}.evil.example", 403),
        ((), "http://evil.example/{host}", 403),
        ((), "http://[", 403),
        ((PAGE,), PAGE, 101),
        ((PAGE,), "https://APP.example.org", 101),
        ((PAGE,), "http://app.example.org", 403),
        ((PAGE,), f"{PAGE}.evil.example", 403),
    ],
)
async def test_a_cookie_counts_for_our_own_and_configured_pages(
    origins: tuple[str, ...], page: str | None, status: int
) -> None:
    async with make_world(origins=origins) as world:
        headers = dict(COOKIE)
        if page is not None:
            headers["Origin"] = page.format(host=f"127.0.0.1:{world.port}")
        if status == 101:
            client = await world.dial("/ws/1", headers=headers)
            assert (await client.next())["connection_key"] == "user_1"
        else:
            assert await world.refused("/ws/1", headers=headers) == status


@pytest.mark.parametrize(
    ("hops", "page", "status"),
    [(0, PAGE, 403), (1, PAGE, 101), (1, f"{PAGE}:443", 101), (1, f"{PAGE}:8443", 403)],
)
async def test_our_own_page_is_the_one_that_our_own_proxy_serves(hops: int, page: str, status: int) -> None:
    headers = {
        **COOKIE,
        "Origin": page,
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Host": "app.example.org",
    }
    async with make_world(trusted_hops=hops) as world:
        if status == 101:
            await world.dial("/ws/1", headers=headers)
        else:
            assert await world.refused("/ws/1", headers=headers) == status


@pytest.mark.parametrize(
    ("origins", "page", "status"),
    [((), PAGE, 101), ((PAGE,), PAGE, 101), ((PAGE,), "https://evil.example", 403)],
)
async def test_a_token_counts_on_any_page_unless_pages_are_configured(
    origins: tuple[str, ...], page: str, status: int
) -> None:
    async with make_world(origins=origins) as world:
        if status == 101:
            await world.dial("/ws/1?token=token-of-1", headers={"Origin": page})
        else:
            assert await world.refused("/ws/1?token=token-of-1", headers={"Origin": page}) == status


BROWSER = {"Origin": PAGE, "User-Agent": "Browser 1"}


def note(world: World, user: int = 1, remote: str = "127.0.0.1", **changes: str) -> None:
    """The page of Abel (or another person) has just asked for something."""
    headers = {**BROWSER, "Authorization": f"Bearer token-of-{user}-until-{NOW + 60}", **changes}
    world.sockets.recognize(headers, remote)


@pytest.mark.parametrize(
    ("user", "path", "key"),
    [
        (1, "/ws/5/Student", "student_5"),
        (1, "/ws/7/tutor", "tutor_7"),
        (1, "/ws/1", "user_1"),
        (1, "/ws/1/user", "user_1"),
        # The old client's fallback: its own number for a role that it does not have.
        (1, "/ws/1/parent", "parent_1"),
        (7, "/ws/7", "user_7"),
    ],
)
async def test_recent_lets_in_the_page_that_has_just_asked(user: int, path: str, key: str) -> None:
    """Whatever it asked: no request names the profile here, and one streams through to the backend."""
    async with make_world(admit="recent", origins=(PAGE,)) as world:
        note(world, user)
        world.clock.forward(15)
        client = await world.dial(path, headers=BROWSER)
        assert (await client.next())["connection_key"] == key
        world.clock.forward(45)  # the token of that request ends
        assert await client.closed() == 4401


async def test_every_request_renews() -> None:
    async with make_world(admit="recent", origins=(PAGE,)) as world:
        for _ in range(3):
            note(world)
            world.clock.forward(14)
        await world.dial("/ws/5/student", headers=BROWSER)


@pytest.mark.parametrize(
    ("asked", "headers", "path", "wait"),
    [
        ({}, {}, "/ws/5/student", 15.1),
        ({"remote": "192.0.2.7"}, {}, "/ws/5/student", 1),
        ({"User-Agent": "Browser 2"}, {}, "/ws/5/student", 1),
        ({"User-Agent": ""}, {"User-Agent": ""}, "/ws/5/student", 1),
        ({"Origin": "https://evil.example"}, {}, "/ws/5/student", 1),
        ({"Origin": OTHER_PAGE}, {}, "/ws/5/student", 1),
        ({"Origin": ""}, {}, "/ws/5/student", 1),
        ({"Authorization": "Bearer bad"}, {}, "/ws/5/student", 1),
        ({}, {"Origin": "https://evil.example"}, "/ws/5/student", 1),
        ({}, {}, "/ws/undefined/student", 1),
        ({}, {}, "/ws/undefined", 1),
        ({}, {}, "/ws/5/tutor", 1),  # Beza's
        ({}, {}, "/ws/2", 1),
        ({}, {}, "/ws/1/student", 1),  # no fallback: Abel has a student profile
    ],
)
async def test_recent_wants_the_same_page_place_browser_and_person(
    asked: dict[str, Any], headers: dict[str, str], path: str, wait: float
) -> None:
    async with make_world(admit="recent", origins=(PAGE, OTHER_PAGE)) as world:
        note(world, **asked)
        world.clock.forward(wait)
        status = await world.refused(path, headers={**BROWSER, **headers})
        assert status == (403 if headers.get("Origin") else 401)


async def test_two_people_who_could_go_by_one_name_are_nobody() -> None:
    """Chala (3) has no tutor profile: "tutor 3" is its fallback, and here somebody else's profile."""
    async with make_world(admit="recent", origins=(PAGE,)) as world:
        world.directory.people[4] = person(4, "Desta", "D", Profile("tutor", 3))
        note(world, 3)
        note(world, 4)
        assert await world.refused("/ws/3/tutor", headers=BROWSER) == 401
        world.clock.forward(10)
        note(world, 4)
        world.clock.forward(10)
        client = await world.dial("/ws/3/tutor", headers=BROWSER)
        await client.next()
        assert (world.sockets.online(3), world.sockets.online(4)) == (False, True)


async def test_recent_without_an_origin_is_refused() -> None:
    async with make_world(admit="recent", origins=(PAGE,)) as world:
        note(world)
        assert await world.refused("/ws/5/student", headers={"User-Agent": "Browser 1"}) == 401


async def test_recent_is_off_by_default() -> None:
    async with make_world(origins=(PAGE,)) as world:
        note(world)
        assert await world.refused("/ws/5/student", headers=BROWSER) == 401


async def test_every_name_under_every_token(world: World) -> None:
    """The ownership matrix: a socket opens exactly for one's own names."""
    names = [Profile(type_, id_) for type_ in (*PROFILE_TYPES, "user") for id_ in (1, 2, 5, 6, 7, 9)]
    for someone, name in itertools.product(PEOPLE, names):
        fallback = name.id == someone.user_id and someone.role_of(name.type) is None
        path = f"/ws/{name.id}/{name.type}?token=token-of-{someone.user_id}"
        if someone.has(name) or fallback:
            client = await world.dial(path)
            assert (await client.next())["connection_key"] == str(name)
            await client.leave()
            await world.left()
        else:
            assert await world.refused(path) == 403, (someone, name)
            await world.left()
