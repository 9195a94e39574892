"""What a recording asks by itself."""

from gateway.runtime.recording import own_requests
from tests.support.fakes import load_people


def test_everything_that_reads_and_names_nothing_in_each_shape_and_role() -> None:
    found = own_requests(load_people()[1])
    assert "GET /api/chat/contacts?user_id=1" in found
    assert "GET /api/chat/contacts?profile_id=5&profile_type=student&user_id=1" in found
    assert "GET /api/chat/contacts?profile_id=7&profile_type=tutor&user_id=1" in found
    assert not [line for line in found if "{" in line or "messages" in line]
