"""What the gateway tells a legacy client holds to the legacy contract, for every reading operation of the story."""

from typing import Any

import pytest

from adapters import OPERATIONS
from tests.support.openapi import check, load
from tests.system.conftest import World

LEGACY, MODERN = load("legacy"), load("modern")
READS: dict[str, dict[str, Any]] = {
    "contacts.list": {},
    "connection_requests.list": {},
    "conversations.list": {"filter_type": "all"},
    "conversations.get": {},
    "messages.list": {},
    "blocks.list": {},
    "settings.get": {},
    "typing.get": {},
    "typing.allowed": {},
    "presence.bulk": {"profile_ids": "tutor_5,parent_5"},
    "presence.get": {},
    "read_status.get": {},
    "polls.list": {},
    "polls.get": {},
    "calls.list": {},
    "call_logs.list": {},
    "sessions.list": {},
    "two_step.get": {},
    "search.messages": {"q": "the"},
}
#: Ids of the story, by the name of the path parameter.
STORY = {"conversation_id": "12", "poll_id": "501", "target_profile_id": "5", "target_profile_type": "tutor"}
MODERN_STORY = {**STORY, "target_user_id": "2", "id": "12"}
ROWS = {row.name: row for row in OPERATIONS}


@pytest.mark.parametrize("name", READS)
async def test_a_legacy_answer_holds_to_the_legacy_contract(name: str, world: World) -> None:
    endpoint = ROWS[name].legacy
    assert endpoint is not None
    path = endpoint.template.format(**{p: STORY[p] for p in endpoint.parameters})
    answer = await world.legacy(1, "student").get(path, **READS[name])
    if name == "search.messages":  # the old server had no search: its messages are those of messages.list
        check(
            LEGACY,
            "messages.list",
            200,
            {**answer, "has_more": False, "total_count": len(answer["messages"])},
        )
    else:
        check(LEGACY, name, 200, answer)


@pytest.mark.parametrize("name", [n for n in READS if n != "presence.bulk"])
async def test_a_modern_answer_holds_to_the_modern_contract(name: str, world: World) -> None:
    endpoint = ROWS[name].modern
    assert endpoint is not None
    path = endpoint.template.format(**{p: MODERN_STORY[p] for p in endpoint.parameters})
    answer = await world.modern(1).get(path, **READS[name])
    check(MODERN, name, 200, answer)
    assert not _profiles_in(answer), "an old name in a modern answer"


def _profiles_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        here = [key for key in value if key.endswith(("profile_id", "profile_type", "profile_ids"))]
        return here + [found for item in value.values() for found in _profiles_in(item)]
    return [found for item in value for found in _profiles_in(item)] if isinstance(value, list) else []
