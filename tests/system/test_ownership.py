"""The ownership matrix: generated requests, of which none may get through as somebody else.

Ten thousand in `dev.py prove`, five hundred in `dev.py test`. The upstream here is an ordinary fake that records:
whatever is asked, what reaches it must be the token's user, and never a profile.
"""

import contextlib
import json
import os
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import OPERATIONS
from contracts.model.errors import GatewayError
from contracts.model.profile import PROFILE_TYPES
from contracts.operation import Operation
from gateway.exchange.routes import fill
from tests.support.fakes import FakeDirectory, FakeUpstream, ask, exchanges, load_people

COUNT = 10_000 if os.environ.get("PROVE") else 500
PEOPLE = load_people()
OWNERS = {(role.profile.type, role.profile.id): user for user, p in PEOPLE.items() for role in p.roles}
ROWS = [row for row in OPERATIONS if row.legacy and not row.upload]

ids = st.one_of(
    st.integers(1, 12).map(str),
    st.sampled_from(["undefined", "null", "", "0", "-1", "5 ", "٥", "5\xa0", "1e1", str(2**63), "5,6"]),
)
types = st.one_of(
    st.sampled_from([*PROFILE_TYPES, "user", "Tutor"]), st.sampled_from(["undefined", "boss", ""])
)
claims = st.fixed_dictionaries({}, optional={"profile_id": ids, "profile_type": types, "user_id": ids})
pairs = st.fixed_dictionaries(
    {}, optional={"profile_id": st.integers(0, 12), "profile_type": types, "user_id": st.integers(0, 12)}
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "profile_id": st.integers(1, 12),
        "profile_type": types,
        "user_id": st.integers(1, 12),
        "conversation_id": st.sampled_from([11, "11", "connection-107", "tutor-5", "undefined"]),
        "participants": st.lists(pairs, max_size=3),
        "participant_user_ids": st.lists(st.integers(1, 12), max_size=3),
        "blocked_profile_id": st.integers(1, 12),
        "blocked_profile_type": types,
        "blocked_user_id": st.integers(1, 12),
        "forwarded_from_profile_id": st.integers(1, 12),
        "forwarded_from_profile_type": types,
        "caller_profile_id": st.integers(1, 12),
        "caller_profile_type": types,
        "settings": st.just({"read_receipts": False}),
        "content": st.just("a"),
    },
)


def _path(row: Operation, shape: str, values: list[str]) -> str:
    endpoint = row.legacy if shape == "legacy" or row.modern is None else row.modern
    assert endpoint is not None
    chosen = {
        name: "tutor" if name.endswith("type") else values[n % len(values)]
        for n, name in enumerate(endpoint.parameters)
    }
    return fill(endpoint.template, chosen)


def _may_speak_for(user: int, claim: dict[str, str], body: dict[str, Any]) -> bool:
    """The rule in other words: every readable claim names the token's user, or is the old client's fallback."""
    for part in (claim, {name: body.get(name) for name in ("profile_id", "profile_type", "user_id")}):
        claimed = str(part.get("user_id") or "")
        if claimed.isascii() and claimed.isdigit() and int(claimed) != user:
            return False
        pair = (str(part.get("profile_type") or "").lower(), str(part.get("profile_id") or ""))
        if pair[0] in PROFILE_TYPES and pair[1].isascii() and pair[1].isdigit() and pair[1] != "0":
            owner = OWNERS.get((pair[0], int(pair[1])))
            fallback = int(pair[1]) == user and PEOPLE[user].role_of(pair[0]) is None
            if owner != user and not fallback:
                return False
    return True


@settings(max_examples=COUNT)
@given(
    user=st.sampled_from(sorted(PEOPLE)),
    row=st.sampled_from(ROWS),
    shape=st.sampled_from(["legacy", "2.1", ""]),
    claim=claims,
    body=bodies,
    values=st.lists(st.integers(1, 12).map(str), min_size=1, max_size=2),
)
async def test_nobody_ever_gets_through_as_somebody_else(
    user: int, row: Operation, shape: str, claim: dict[str, str], body: dict[str, Any], values: list[str]
) -> None:
    upstream = FakeUpstream([{"conversation_id": 5, "contacts": [], "settings": {}, "statuses": []}])
    headers = {"X_Chat_API": shape} if shape else {}
    assert row.legacy is not None
    sent_body = None if row.legacy.method in ("GET", "DELETE") else body
    gateway = exchanges(upstream, FakeDirectory(PEOPLE))
    with contextlib.suppress(
        GatewayError
    ):  # a refusal is a fine answer; what counts is what reaches the upstream
        path = _path(row, shape, values)
        await ask(gateway, row.legacy.method, path, urlencode(claim), sent_body, by=user, **headers)
    for sent in upstream.sent:
        query = parse_qsl(urlsplit(sent.target).query)
        assert [value for name, value in query if name == "user_id"] == [str(user)]
        assert not [name for name, _ in query if "profile" in name]
        assert sent.headers.get("X-Chat-Profile", f"{user}") in _names(user)
        _no_profile_in(json.loads(sent.body) if sent.body else None)
    if upstream.sent and row.claim_location == "caller":
        assert _may_speak_for(user, claim, sent_body or {})


def _names(user: int) -> set[str]:
    return {str(user), *(f"{r.profile.type}:{r.profile.id}" for r in PEOPLE[user].roles)}


def _no_profile_in(value: Any) -> None:
    if isinstance(value, dict):
        assert not [key for key in value if key.endswith(("profile_id", "profile_type"))], value
        for item in value.values():
            _no_profile_in(item)
    elif isinstance(value, list):
        for item in value:
            _no_profile_in(item)
