import json

import pytest

from contracts.model.errors import Forbidden
from tests.support.fakes import FakeUpstream, ask, exchanges


async def test_equal_shapes_pass_with_the_identity_of_the_token() -> None:
    upstream = FakeUpstream([{"success": True}])
    response = await ask(
        exchanges(upstream), "PUT", "/api/chat/settings", "user_id=1&profile=x", {"settings": {}}
    )
    assert json.loads(response.body) == {"success": True}
    assert upstream.sent[0].target == "/api/chat/settings?profile=x&user_id=1"


async def test_what_names_somebody_by_role_is_left_out() -> None:
    upstream = FakeUpstream()
    body = {"blocked_user_id": 2, "blocked_profile_id": 9}
    await ask(exchanges(upstream), "POST", "/api/chat/block", "", body, X_Chat_API="2.1")
    assert json.loads(upstream.sent[0].body) == {"blocked_user_id": 2}


async def test_somebody_elses_user_id_in_the_body_is_refused() -> None:
    with pytest.raises(Forbidden):
        await ask(exchanges(FakeUpstream()), "POST", "/api/chat/block", "", {"user_id": 2}, X_Chat_API="2.1")
