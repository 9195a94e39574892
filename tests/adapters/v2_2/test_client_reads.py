"""The unchanged client of 2.2 finds what it reads, in front of both backends, beside everything that 2.2 says."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters import optional as module
from contracts.model.errors import GatewayError
from contracts.model.http import Headers, Response
from tests.adapters.test_optional import RECORDED_2_2, Upstream
from tests.adapters.v2_2.test_exchanges import EXAMPLES
from tests.support.fakes import FakeUpstream, ask
from tests.support.replay_v2_2 import gateway

#: By operation, the places that the client reads (docs/deployed-api.md); those of a list in each of its items.
READS: dict[str, tuple[str, ...]] = {
    "blocks.list": ("blocked.blocked_profile_id", "blocked.blocked_profile_type", "blocked.blocked_user_id"),
    "call_logs.list": (
        *(f"call_logs.{key}" for key in ("id", "is_caller", "started_at", "call_type", "status")),
        "call_logs.caller_profile_id",
        "call_logs.caller_profile_type",
    ),
    "connection_requests.list": tuple(
        f"{side}_requests.{key}"
        for side in ("sent", "received")
        for key in ("connection_id", "profile_id", "profile_type", "user_id", "display_name", "requested_at")
    ),
    "conversations.get": (
        *(f"participants.{key}" for key in ("profile_id", "profile_type", "user_id", "role", "display_name")),
        "pinned_messages",
        "created_by_profile_id",
        "created_by_profile_type",
    ),
    "conversations.list": tuple(
        f"conversations.{key}"
        for key in (
            "display_name",
            "avatar",
            "last_message",
            "last_message_at",
            "unread_count",
            "participant_count",
            "created_by_user_id",
            "created_by_profile_id",
            "created_by_profile_type",
        )
    ),
    "messages.list": (
        *(f"messages.{key}" for key in ("id", "content", "is_mine", "status", "created_at", "is_pinned")),
        "messages.reactions.emoji",
        "messages.reactions.count",
        "messages.reply_to.text",
        "messages.reply_to.sender",
    ),
    "messages.send": ("message.id", "message_id"),
    "presence.bulk": tuple(
        f"statuses.{key}"
        for key in ("user_id", "is_online", "last_seen", "online_hidden", "last_seen_hidden")
    ),
    "settings.get": ("settings.enter_key", "settings.font_size", "settings.two_step_verification"),
    "two_step.get": ("enabled",),
    "typing.get": ("is_someone_typing",),
}


def _main(name: str, case: dict[str, Any]) -> dict[str, Any] | None:
    last = {"messages.list": "messages", "messages.send": "messages"}.get(name)
    for one in case["upstream"]:
        asked = one["request"]
        parts = asked["path"].split("/")
        wanted = case["request"]["path"].split("/")
        same = parts == wanted or (last is not None and last in parts)
        if asked["method"] == case["request"]["method"] and same:
            return one  # type: ignore[no-any-return]
    return None


def _cases() -> list[Any]:
    found = []
    for name, case in EXAMPLES:
        main = _main(name, case)
        told = case.get("status", 200) == 200 and "somebody else" not in case["case"]
        if name in READS and told and main is not None and main.get("status", 200) == 200:
            found.append(pytest.param(name, case, main, id=f"{name}: {case['case']}"))
    return found


def _absent(told: Any, path: list[str], place: str) -> list[str]:
    """Where the place is not there: in lists, in every item; nothing is missing in what is null."""
    if told is None or not path:
        return []
    if isinstance(told, list):
        return [one for index, item in enumerate(told) for one in _absent(item, path, f"{place}[{index}]")]
    if path[0] not in told:
        return [] if path[0] == "reply_to" else [f"{place}.{path[0]}"]
    return _absent(told[path[0]], path[1:], f"{place}.{path[0]}")


def _lost(said: Any, told: Any, place: str) -> list[str]:
    """What 2.2 said and is not told; ciphertext may be withheld, and what was null may be known."""
    if isinstance(said, dict) and isinstance(told, dict):
        return [one for key in said for one in _lost(said[key], told.get(key, "absent"), f"{place}.{key}")]
    if isinstance(said, list) and isinstance(told, list) and len(said) == len(told):
        return [
            one
            for index, pair in enumerate(zip(said, told, strict=True))
            for one in _lost(*pair, f"{place}[{index}]")
        ]
    withheld = isinstance(said, str) and said.startswith("gAAAAA")
    return [] if said in (told, None) or withheld else [f"{place}: {told!r} instead of {said!r}"]


async def _in_front_of_2_2(case: dict[str, Any], main: dict[str, Any], upstream: Any) -> Any:
    asked = main["request"]
    where = asked["method"], asked["path"], urlencode(asked["query"])
    told = await ask(gateway(upstream, modern="2.2"), *where, asked["body"], by=case["by"], X_Chat_API="2.2")
    return json.loads(told.body)


@pytest.mark.parametrize(("name", "case", "main"), _cases())
async def test_in_front_of_2_2(name: str, case: dict[str, Any], main: dict[str, Any]) -> None:
    upstream = Upstream([*case["upstream"], *RECORDED_2_2], None, "")
    told = await _in_front_of_2_2(case, main, upstream)
    assert [one for path in READS[name] for one in _absent(told, path.split("."), "$")] == []
    assert _lost(main["response"], told, "$") == []


@pytest.mark.parametrize(("name", "case", "main"), _cases())
async def test_in_front_of_2_2_the_additions_are_a_courtesy(
    name: str, case: dict[str, Any], main: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With everything else failing, everything that 2.2 said is there."""
    if name in ("typing.get", "messages.send"):
        return  # whether one may is asked first, and must be known
    monkeypatch.setattr(module, "WAIT_S", 5.0)
    told = await _in_front_of_2_2(case, main, Upstream([main], None, ""))
    assert _lost(main["response"], told, "$") == []


@pytest.mark.parametrize(("name", "case", "main"), _cases())
async def test_in_front_of_2_1(name: str, case: dict[str, Any], main: dict[str, Any]) -> None:
    upstream = FakeUpstream([case["response"]])
    asked = main["request"]
    where = asked["method"], asked["path"], urlencode(asked["query"])
    core = gateway(upstream, upstream_is_2_2=False, modern="2.2")
    told = json.loads((await ask(core, *where, asked["body"], by=case["by"], X_Chat_API="2.2")).body)
    assert [one for path in READS[name] for one in _absent(told, path.split("."), "$")] == []


def test_every_operation_is_tried() -> None:
    assert {param.values[0] for param in _cases()} == set(READS)


async def test_everybody_is_named_alike_in_the_list_and_among_the_blocked() -> None:
    """The client compares both strictly: with neither, one block makes every chat look blocked."""
    upstream = Upstream(RECORDED_2_2, None, "")
    core = gateway(upstream, modern="2.2")

    async def get(path: str) -> Any:
        return json.loads((await ask(core, "GET", f"/api/chat/{path}", "limit=100&offset=0")).body)

    listed = {
        one["other_user_id"]: (one["other_profile_id"], one["other_profile_type"])
        for one in (await get("conversations"))["conversations"]
        if one["type"] == "direct"
    }
    assert listed
    assert all(pair == (user, "user") for user, pair in listed.items())


@pytest.mark.parametrize("upstream_is_2_2", [True, False])
async def test_contacts(upstream_is_2_2: bool) -> None:
    one = {"user_id": 2, "name": "Beza B", "avatar": None, "email": None, "conversation_id": 11}
    answer = {"contacts": [{**one, "last_message_at": None}]}
    core = gateway(FakeUpstream([answer]), upstream_is_2_2=upstream_is_2_2, modern="2.2")
    (told,) = json.loads((await ask(core, "GET", "/api/chat/contacts")).body)["contacts"]
    assert told.items() >= one.items()
    wanted = {"profile_id": 2, "profile_type": "user", "full_name": "Beza B", "role": "tutor"}
    assert told.items() >= wanted.items()


async def test_contacts_that_fail_are_made_of_the_connections() -> None:
    """The deployed list is a 500 on most databases; what is known otherwise replaces it."""
    upstream = Upstream(RECORDED_2_2, None, "")  # where contacts are a 500
    case = next(case for name, case in EXAMPLES if name == "contacts.list")
    told = await ask(gateway(upstream, modern="2.2"), "GET", "/api/chat/contacts", X_Chat_API="2.2")
    contacts = json.loads(told.body)["contacts"]
    assert [one["user_id"] for one in contacts] == [one["user_id"] for one in case["response"]["contacts"]]
    for one in contacts:
        assert one["name"]
        assert (one["profile_id"], one["profile_type"]) == (one["user_id"], "user")


async def test_a_refusal_to_list_contacts_is_passed_on() -> None:
    upstream = FakeUpstream([{"detail": "This account is not active"}], 403)
    with pytest.raises(GatewayError) as refused:
        await ask(gateway(upstream, modern="2.2"), "GET", "/api/chat/contacts", X_Chat_API="2.2")
    assert (refused.value.status, len(upstream.sent)) == (403, 1)


BLOCKS = {"blocked_contacts": [{"user_id": user, "name": "x", "blocked_at": None} for user in (2, 3)]}


async def test_who_was_unblocked_is_not_among_the_blocked() -> None:
    async def facts(name: str, *values: Any) -> list[dict[str, Any]]:
        return [{"id": 1, "blocked_user_id": 3}]

    core = gateway(FakeUpstream([BLOCKS]), modern="2.2", facts=facts)
    told = json.loads((await ask(core, "GET", "/api/chat/blocked")).body)
    assert [one["blocked_user_id"] for one in told["blocked"]] == [3]
    assert [one["user_id"] for one in told["blocked_contacts"]] == [2, 3]


ADD = "/api/chat/conversations/12/participants"
ADDED = {"added": [{"user_id": 2}, {"user_id": 3}], "rejected": [], "new_count": 1}
REFUSED = {"user_id": 6, "reason": "This user does not allow group adds"}


async def _add(answer: Any) -> Any:
    core = gateway(FakeUpstream([answer]), upstream_is_2_2=False, modern="2.2")
    return json.loads((await ask(core, "POST", ADD, "", {"participant_user_ids": [2, 3, 6]})).body)


@pytest.mark.parametrize(
    ("answer", "count"),
    [(ADDED, 1), ({**ADDED, "new_count": 0}, 0), ({**ADDED, "rejected": [REFUSED]}, 1)],
)
async def test_who_was_in_it_before_is_not_counted_and_who_refuses_is_named(answer: Any, count: int) -> None:
    told = await _add(answer)
    assert (told["added_count"], told["message"]) == (count, f"Added {count} participant(s) successfully")
    assert (told["added"], told["rejected"]) == (answer["added"], answer["rejected"])


async def test_when_everybody_refuses_2_2_says_who() -> None:
    with pytest.raises(GatewayError, match="Cannot add user 6: This user does not allow") as refused:
        await _add({"added": [], "rejected": [REFUSED], "new_count": 0})
    assert refused.value.status == 403


async def test_a_group_says_who_refused() -> None:
    answer = {
        "conversation_id": 20,
        "existing": False,
        "conversation": {"id": 20, "type": "group", "created_at": "2026-11-20T08:00:00Z", "updated_at": None},
        "added_participants": [{"user_id": 2}],
        "rejected_participants": [REFUSED],
        "message": "x",
    }
    core = gateway(FakeUpstream([answer]), upstream_is_2_2=False, modern="2.2")
    body = {"type": "group", "name": "x", "participant_user_ids": [2, 6]}
    told = json.loads((await ask(core, "POST", "/api/chat/conversations", "", body)).body)
    assert told["rejected_participants"] == [REFUSED]
    assert told["conversation_id"] == 20


@pytest.mark.parametrize("body", [None, {}])
async def test_settings_without_a_change_are_refused_as_2_2_does(body: Any) -> None:
    upstream = FakeUpstream([{"success": True, "message": "x"}])
    core = gateway(upstream, upstream_is_2_2=False, modern="2.2")
    with pytest.raises(GatewayError, match="No fields to update") as refused:
        await ask(core, "PUT", "/api/chat/settings", "", body)
    assert (refused.value.status, upstream.sent) == (400, [])


async def test_call_logs_keep_the_callers_pair() -> None:
    log = {"id": 1, "caller_user_id": 2, "started_at": "2026-11-20T08:00:00Z"}
    core = gateway(FakeUpstream([{"call_logs": [log]}]), upstream_is_2_2=False, modern="2.2")
    (one,) = json.loads((await ask(core, "GET", "/api/call-logs/11")).body)["call_logs"]
    assert (one["caller_profile_type"], one["caller_profile_id"]) == ("tutor", 5)
    assert one["started_at"] == "2026-11-20T08:00:00"


class Hidden:
    """One online status, and a person who hides."""

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        if "settings" in target:
            return Response(
                200, (), b'{"settings": {"online_status": false, "last_seen_visibility": "nobody"}}'
            )
        told = {"statuses": [{"user_id": 2, "is_online": True, "last_seen": "2026-11-22T22:46:08"}]}
        return Response(200, (), json.dumps(told).encode())


async def test_what_people_hide_is_said() -> None:
    core = gateway(Hidden(), modern="2.2")
    (one,) = json.loads((await ask(core, "GET", "/api/chat/users/online-status", "user_ids=2")).body)[
        "statuses"
    ]
    assert (one["online_hidden"], one["last_seen_hidden"]) == (True, True)
