"""A gateway in front of an old backend that answers as it is told; beside it the database of the recorded story."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters import OPERATIONS
from contracts.model.http import JSON, Headers, Response
from contracts.model.profile import Profile
from gateway.exchange.exchange import Exchanges
from gateway.exchange.routes import Routes
from tests.support.fakes import FakeDirectory, exchanges

#: Conversation -> its kind, and who is in it as what.
MEMBERS: dict[int, tuple[str, list[tuple[int, str, int, str]]]] = {
    11: ("direct", [(1, "student", 5, "member"), (2, "tutor", 5, "member")]),
    12: ("group", [(1, "student", 5, "admin"), (2, "tutor", 5, "member"), (3, "student", 6, "member")]),
    13: ("direct", [(1, "tutor", 7, "member"), (4, "parent", 5, "member")]),
    14: ("direct", [(2, "tutor", 5, "member"), (3, "student", 6, "member")]),
    15: ("direct", [(1, "student", 5, "member"), (6, "tutor", 8, "member")]),
}
#: Between two people who never chose anything.
OPEN: dict[str, Any] = {
    "blocked_by_them": False,
    "blocked_by_me": False,
    "connected": True,
    "who_can_message": [],
    "allow_calls_from": [],
    "allow_group_adds": [],
    "allow_channel_adds": [],
    "disable_forwarding": [],
}
HEAD: dict[str, Any] = {
    "id": 11,
    "type": "direct",
    "name": None,
    "description": None,
    "avatar_url": None,
    "created_by_profile_id": 5,
    "created_by_profile_type": "tutor",
    "created_at": "2026-11-20T08:00:00",
    "updated_at": "2026-11-20T09:40:00",
    "last_message_at": None,
    "participants": [],
    "pinned_messages": [],
    "shared_media": {"images": 0, "files": 0},
}


class Story:
    """The reads of `gateway.database.legacy_facts` on the story; ``more`` replaces the rows of a read."""

    def __init__(self, **more: Any) -> None:
        self.more = more
        self.asked: list[tuple[Any, ...]] = []

    async def __call__(self, name: str, *values: Any) -> list[dict[str, Any]] | None:
        self.asked.append((name, *values))
        if name in self.more:
            found = self.more[name]
            return found(*values) if callable(found) else found
        return list(getattr(self, f"_{name}", lambda *_: [])(*values))

    def _members(self, conversation: int) -> list[dict[str, Any]]:
        kind, people = MEMBERS.get(conversation, MEMBERS[11])  # what was just created is Abel's and Beza's
        rows = [
            {
                "user_id": user,
                "type": type_,
                "id": id_,
                "role": role,
                "muted": False,
                "archived": False,
                "kind": kind,
            }
            for user, type_, id_, role in people
        ]
        return sorted(rows, key=lambda row: row["role"] != "admin")

    def _message(self, message: int) -> list[dict[str, Any]]:
        row = {"sender_user_id": 1, "type": "student", "id": 5, "deleted": False}
        return [{"conversation_id": 12 if 221 <= message <= 224 else 11, **row}]

    def _poll(self, poll: int) -> list[dict[str, Any]]:
        return [{"conversation_id": 12}]

    def _call(self, call: int) -> list[dict[str, Any]]:
        return [{"conversation_id": 11}]

    def _relation(self, me: int, other: int) -> list[dict[str, Any]]:
        return [OPEN]

    def _conversations(self, ids: list[int], user: int) -> list[dict[str, Any]]:
        return [
            {"id": id_, "updated_at": None, "people": None, "archived": False, "last_sender": None}
            for id_ in ids
        ]


class OldBackend:
    """Answers by operation: a body, or a function of (role, query, body). What it was asked is kept in ``sent``."""

    def __init__(self, **answers: Any) -> None:
        named = {key.replace("__", "."): answer for key, answer in answers.items()}
        self.answers: dict[str, Any] = {"conversations.get": HEAD, **named}
        self.sent: list[dict[str, Any]] = []
        self.names: list[str] = []
        self._routes = Routes(OPERATIONS)

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Response:
        url = urlsplit(target)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        match = self._routes.match(method, url.path, query, "legacy")
        assert match is not None, f"{method} {target} is no route of the old backend"
        asked = json.loads(body) if body else None
        self.names.append(match.operation.name)
        self.sent.append({"method": method, "path": url.path, "query": query, "body": asked})
        role = Profile(query["profile_type"], int(query["profile_id"]))
        answer = self.answers.get(match.operation.name, {"success": True})
        told = answer(role, query, asked) if callable(answer) else answer
        if isinstance(told, Response):
            return told
        return Response(200, JSON, json.dumps(told).encode())


def old_gateway(
    upstream: OldBackend, story: Callable[..., Any] | None = None, directory: FakeDirectory | None = None
) -> Exchanges:
    """A gateway whose upstream speaks legacy."""
    return exchanges(upstream, directory, shape="legacy", facts=story or Story())


def by_role(answers: Mapping[str, Any], otherwise: Any) -> Callable[..., Any]:
    """Another answer for each role, by ``student_5``."""
    return lambda role, query, body: answers.get(str(role), otherwise)
