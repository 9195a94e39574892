import jwt

from demo.people import read_people, token
from tests.system.conftest import SECRET, STORY


def test_a_token_is_shaped_like_the_platforms() -> None:
    claims = jwt.decode(token(1, SECRET, {"student": 5}), SECRET, algorithms=["HS256"])
    assert (claims["sub"], claims["role"], claims["role_ids"]) == ("1", "student", {"student": "5"})


def test_a_person_without_profiles_has_no_roles() -> None:
    claims = jwt.decode(token(7, SECRET, {}), SECRET, algorithms=["HS256"])
    assert (claims["role"], claims["role_ids"]) == (None, None)


async def test_everybody_is_read_in_order(make_database) -> None:  # type: ignore[no-untyped-def]
    people = await read_people(make_database(STORY), SECRET)
    assert [p["user_id"] for p in people] == list(range(1, 12))
    assert (people[4]["name"], people[6]["profiles"]) == ("Ellen Finch", {})
