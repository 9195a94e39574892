import pytest

from backend.resources.connections import as_connection, check_profile, direction_of, relation
from contracts.model.errors import InvalidRequest

ROW = {
    "id": 9,
    "requested_by": 1,
    "recipient_id": 2,
    "status": "pending",
    "requester_email": "a@example.test",
    "recipient_email": "b@example.test",
}


@pytest.mark.parametrize(("caller", "expected"), [(1, "outgoing"), (2, "incoming"), (3, None)])
def test_direction(caller, expected):
    assert direction_of(ROW, caller) == expected


def test_relation():
    assert relation(ROW, 2) == {
        "is_connected": False,
        "status": "pending",
        "direction": "incoming",
        "connection_id": 9,
    }
    assert relation({**ROW, "status": "accepted"}, 1)["is_connected"]
    assert relation(None, 1)["status"] is None


def test_addresses_are_for_the_two():
    assert as_connection(ROW) == ROW
    assert as_connection(ROW, with_email=False)["recipient_email"] is None


def test_check_profile():
    check_profile("tutor", {"tutor": 5}, "")
    with pytest.raises(InvalidRequest, match="no tutor in student, parent"):
        check_profile("tutor", {"student": 5, "parent": 9}, "no {} in {}")
