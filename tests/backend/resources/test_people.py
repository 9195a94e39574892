import pytest

from tests.backend.conftest import ABEL, BEZA, GENET


async def test_me(person):
    answer = await person(ABEL).get("/api/me")
    assert (answer["id"], answer["user_id"], answer["name"]) == (ABEL, ABEL, "Abel A")
    assert answer["role_ids"] == {"student": 5, "tutor": 7}
    assert answer["roles"] == ["student", "tutor"]
    assert "password_hash" not in answer


async def test_me_without_roles(person):
    answer = await person(GENET).get("/api/me")
    assert (answer["roles"], answer["role_ids"]) == ([], {})


@pytest.mark.parametrize(
    ("path", "name", "username"),
    [("student/5", "Abel A", "abel_s"), ("tutor/5", "Beza B", "beza_t"), ("parent/5", "Desta D", "desta_p")],
)
async def test_cards(person, path, name, username):
    answer = await person(BEZA).get(f"/api/{path}")
    assert (answer["full_name"], answer["username"]) == (name, username)
    assert {"profile_picture", "quote", "location"} <= set(answer)


@pytest.mark.parametrize(
    ("who", "role", "id_"),
    [(ABEL, "student", 5), (ABEL, "tutor", 7), (BEZA, "tutor", 5), (BEZA, "parent", 9)],
)
async def test_ones_own_profile(person, who, role, id_):
    """The call client opens `/ws/{id}/{Role}` with what it reads here."""
    answer = await person(who).get(f"/api/{role}/profile")
    assert (answer["id"], answer["profile_id"], answer["user_id"]) == (id_, id_, who)


@pytest.mark.parametrize(
    ("who", "role", "status"),
    [(ABEL, "parent", 404), (GENET, "student", 404), (ABEL, "null", 404), (ABEL, "advertiser", 404)],
)
async def test_a_role_that_one_does_not_have(person, who, role, status):
    await person(who).get(f"/api/{role}/profile", status=status)


@pytest.mark.parametrize(
    ("path", "status"), [("student/99999", 404), ("advertiser/1", 404), ("banana/1", 404), ("tutor/x", 422)]
)
async def test_no_card(person, path, status):
    await person(BEZA).get(f"/api/{path}", status=status)


async def test_no_card_where_advertisers_have_moved_out(person, database):
    await database.execute("DROP TABLE advertiser_profiles CASCADE")
    await person(BEZA).get("/api/advertiser/1", status=404)


async def test_turn(person):
    assert await person(ABEL).get("/api/turn-credentials", user_id=ABEL) == {"iceServers": []}
