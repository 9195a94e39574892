"""What is shown of a request: never a secret, and no text unless it is asked for."""

import json
from typing import Any

import pytest

from contracts.model.http import Response
from contracts.model.profile import Profile
from gateway.runtime.explained import Known, LookUps, NotSent, Recorder, Shown
from tests.support.fakes import FakeDirectory, FakeUpstream

BODY = {
    "content": "Selam",
    "message_type": "text",
    "created_at": "2027-03-01T09:00:00Z",
    "id": 7,
    "muted": True,
    "list": ["a", 1],
    "new_password": "hush",
    "session_token": "hush",
}


def test_texts_are_their_length_and_kinds_stay() -> None:
    assert Shown().body(json.dumps(BODY).encode()) == {
        "content": "text of 5",
        "message_type": "text",
        "created_at": "2027-03-01T09:00:00Z",
        "id": 7,
        "muted": True,
        "list": ["text of 1", 1],
        "new_password": "***",
        "session_token": "***",
    }


def test_content_can_be_asked_for_and_secrets_cannot() -> None:
    shown = Shown(content=True).body(json.dumps(BODY).encode())
    assert (shown["content"], shown["new_password"]) == ("Selam", "***")
    assert Shown(content=True).target("/x", "password=hush&q=a") == "/x?password=***&q=a"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "/x"),
        ("profile_id=5&profile_type=tutor", "/x?profile_id=5&profile_type=tutor"),
        ("q=secret", "/x?q=text of 6"),
    ],
)
def test_a_target(query: str, shown: str) -> None:
    assert Shown().target("/x", query) == shown


@pytest.mark.parametrize(("data", "shown"), [(b"", None), (b"\xff", "1 bytes"), (b"{", "1 bytes")])
def test_what_is_no_json(data: bytes, shown: Any) -> None:
    assert Shown().body(data) == shown


async def test_nothing_leaves_unless_it_is_asked_for() -> None:
    upstream = FakeUpstream([{"a": 1}])
    recorder = Recorder(upstream, Shown(), send=False)
    with pytest.raises(NotSent):
        await recorder.send("POST", "/x?q=secret", [("Authorization", "Bearer hush")], b'{"content": "a"}')
    assert upstream.sent == []
    assert recorder.requests == [
        {
            "method": "POST",
            "target": "/x?q=text of 6",
            "body": {"content": "text of 1"},
            "headers": ["Authorization"],
        }
    ]
    asking = Recorder(upstream, Shown(), send=True)
    assert isinstance(await asking.send("GET", "/x", [], b""), Response)
    assert asking.responses == [{"status": 200, "body": {"a": 1}}]


async def test_look_ups_say_where_somebody_was_found() -> None:
    lookups = LookUps(FakeDirectory())
    await lookups.find([Profile("tutor", 7)], (2,))
    assert lookups.found[-1] == {"profiles": ["tutor_7"], "users": [2], "source": "database"}
    assert (await Known(5).read_async(None)).user_id == 5
