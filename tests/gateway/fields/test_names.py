"""Names that say more than a client may say, in every spelling; what becomes of them is in `test_headers`."""

import pytest

from gateway.fields.names import (
    DROPPED,
    FAMILIES,
    IDENTITY,
    ONE_SPELLING,
    REWRITES,
    SAID_ANEW,
    fold,
    is_set_by_us,
)


@pytest.mark.parametrize("name", ["X-User-Id", "x_user_id", "X.USER.ID", "xuserid", "X--User_Id-"])
def test_all_spellings_are_one(name: str) -> None:
    assert fold(name) == "xuserid"
    assert is_set_by_us(name)


def test_every_name_of_the_lists_is_written_folded() -> None:
    for name in (*DROPPED, *FAMILIES, *ONE_SPELLING):
        assert fold(name) == name


def test_no_list_holds_what_a_request_needs() -> None:
    assert not (IDENTITY | REWRITES | SAID_ANEW | DROPPED) & ONE_SPELLING.keys()
    assert not [name for name in ONE_SPELLING if name.startswith(FAMILIES)]
