"""Two drivers with the same verbs: each says them as its own client does. A point of the checklist is written once.

A driver answers in plain terms: ids, texts, user ids of the story.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from tests.system.conftest import Answer, Client, World

#: How the legacy side names people of the story; everybody sees these names.
NAMES = {
    1: (7, "tutor"),
    2: (5, "tutor"),
    3: (6, "student"),
    4: (5, "parent"),
    6: (8, "tutor"),
    8: (9, "student"),
}


@dataclass
class Driver(ABC):
    """One person's client. ``user`` is who it is."""

    client: Client
    user: int

    @abstractmethod
    async def start(self, other: int) -> int: ...
    @abstractmethod
    async def send(self, conversation: int, text: str, **more: Any) -> int: ...
    @abstractmethod
    async def forward(self, conversation: int, text: str, author: int) -> Answer: ...
    @abstractmethod
    async def messages(self, conversation: int, **query: Any) -> list[dict[str, Any]]: ...
    @abstractmethod
    async def conversations(self, **query: Any) -> dict[int, dict[str, Any]]: ...
    @abstractmethod
    async def create_group(self, name: str, members: list[int]) -> tuple[int, set[int]]: ...
    @abstractmethod
    async def add(self, conversation: int, member: int) -> set[int]: ...
    @abstractmethod
    async def remove(self, conversation: int, member: int) -> None: ...
    @abstractmethod
    async def members(self, conversation: int) -> set[int]: ...
    @abstractmethod
    async def block(self, other: int) -> None: ...
    @abstractmethod
    async def unblock(self, other: int) -> None: ...
    @abstractmethod
    async def blocked(self) -> set[int]: ...
    @abstractmethod
    async def save(self, **settings: Any) -> None: ...
    @abstractmethod
    async def settings_of(self, other: int) -> dict[str, Any]: ...
    @abstractmethod
    async def call(self, conversation: int, kind: str) -> int: ...
    @abstractmethod
    async def hang_up(self, call: int, seconds: int) -> None: ...
    @abstractmethod
    async def mark_read(self, conversation: int) -> None: ...
    @abstractmethod
    async def archive(self, conversation: int, on: bool) -> None: ...
    @abstractmethod
    async def mute(self, conversation: int, on: bool) -> None: ...

    # What both clients say with the same words.
    async def edit(self, message: int, text: str) -> None:
        await self.client.do("PUT", f"/api/chat/messages/{message}", {"content": text})

    async def delete(self, message: int) -> None:
        await self.client.do("DELETE", f"/api/chat/messages/{message}")

    async def react(self, message: int, word: str) -> None:
        await self.client.do("POST", f"/api/chat/messages/{message}/reactions", {"reaction": word})

    async def pin(self, message: int) -> None:
        await self.client.do("POST", f"/api/chat/messages/{message}/pin")

    async def pinned(self, conversation: int) -> set[int]:
        details = await self.client.get(f"/api/chat/conversations/{conversation}")
        return {message["id"] for message in details["pinned_messages"]}

    async def search(self, text: str) -> set[int]:
        return {m["id"] for m in (await self.client.get("/api/chat/search", q=text))["messages"]}

    async def calls(self, conversation: int) -> dict[int, dict[str, Any]]:
        logs = await self.client.get(f"/api/call-logs/{conversation}")
        return {log["id"]: log for log in logs["call_logs"]}

    async def message(self, conversation: int, id_: int) -> dict[str, Any] | None:
        return next((m for m in await self.messages(conversation) if m["id"] == id_), None)


class Legacy(Driver):
    """The profile-based client."""

    def _pair(self, prefix: str, user: int) -> dict[str, Any]:
        id_, type_ = NAMES[user]
        return {f"{prefix}profile_id": id_, f"{prefix}profile_type": type_}

    def _members(self, *users: int) -> list[dict[str, Any]]:
        return [{**self._pair("", user), "user_id": user} for user in users]

    async def start(self, other: int) -> int:
        body = {"type": "direct", "participants": self._members(other)}
        return int((await self.client.do("POST", "/api/chat/conversations", body))["conversation_id"])

    async def send(self, conversation: int, text: str, **more: Any) -> int:
        body = {"conversation_id": conversation, "message_type": "text", "content": text, **more}
        return int((await self.client.do("POST", "/api/chat/messages", body))["message_id"])

    async def forward(self, conversation: int, text: str, author: int) -> Answer:
        body = {
            "conversation_id": conversation,
            "content": text,
            "is_forwarded": True,
            "forwarded_from": "somebody",
        }
        return await self.client.ask(
            "POST", "/api/chat/messages", {**body, **self._pair("forwarded_from_", author)}
        )

    async def messages(self, conversation: int, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.client.get(f"/api/chat/messages/{conversation}", **query))[
            "messages"
        ]
        return found

    async def conversations(self, **query: Any) -> dict[int, dict[str, Any]]:
        listed = (await self.client.get("/api/chat/conversations", **query))["conversations"]
        return {c["id"]: c for c in listed if isinstance(c["id"], int)}

    async def create_group(self, name: str, members: list[int]) -> tuple[int, set[int]]:
        body = {"type": "group", "name": name, "participants": self._members(*members)}
        made = await self.client.do("POST", "/api/chat/conversations", body)
        back = {pair: user for user, pair in NAMES.items()}
        refused = {back[r["profile_id"], r["profile_type"]] for r in made["rejected_participants"]}
        return made["conversation_id"], refused

    async def add(self, conversation: int, member: int) -> set[int]:
        path = f"/api/chat/conversations/{conversation}/participants"
        added = (await self.client.do("POST", path, {"participants": self._members(member)}))["added"]
        return {person["user_id"] for person in added}

    async def remove(self, conversation: int, member: int) -> None:
        id_, type_ = NAMES[member]
        await self.client.do("DELETE", f"/api/chat/conversations/{conversation}/participants/{id_}/{type_}")

    async def members(self, conversation: int) -> set[int]:
        details = await self.client.get(f"/api/chat/conversations/{conversation}")
        assert all(isinstance(p["profile_type"], str) for p in details["participants"])
        return {person["user_id"] for person in details["participants"]}

    async def block(self, other: int) -> None:
        await self.client.do("POST", "/api/chat/block", self._pair("blocked_", other))

    async def unblock(self, other: int) -> None:
        id_, type_ = NAMES[other]
        await self.client.do("DELETE", f"/api/chat/block/{id_}/{type_}")

    async def blocked(self) -> set[int]:
        listed = (await self.client.get("/api/chat/blocked"))["blocked"]
        assert all(
            (b["blocked_profile_id"], b["blocked_profile_type"]) == NAMES[b["blocked_user_id"]]
            for b in listed
        )
        return {entry["blocked_user_id"] for entry in listed}

    async def save(self, **settings: Any) -> None:
        # The old client carries the caller in the body, and nothing in the query.
        body = {"profile_id": int(self.client.identity["profile_id"]), "settings": settings}
        bare = Client(self.client.session, self.client.url, self.client.token, {})
        await bare.do(
            "PUT", "/api/chat/settings", {**body, "profile_type": self.client.identity["profile_type"]}
        )

    async def settings_of(self, other: int) -> dict[str, Any]:
        # ... and the other person in the caller's place of the query.
        id_, type_ = NAMES[other]
        bare = Client(self.client.session, self.client.url, self.client.token, {})
        found: dict[str, Any] = await bare.get("/api/chat/settings", profile_id=id_, profile_type=type_)
        return dict(found["settings"])

    async def call(self, conversation: int, kind: str) -> int:
        me = {"caller_profile_id": self.client.identity["profile_id"]}
        body = {"conversation_id": conversation, "call_type": kind, "status": "initiated", **me}
        body["caller_profile_type"] = self.client.identity["profile_type"]
        return int((await self.client.do("POST", "/api/call-logs", body))["call_log_id"])

    async def hang_up(self, call: int, seconds: int) -> None:
        await self.client.do(
            "PUT", f"/api/call-logs/{call}", {"status": "ended", "duration_seconds": seconds}
        )

    async def mark_read(self, conversation: int) -> None:
        await self.messages(conversation)  # the old client has no other way

    async def archive(self, conversation: int, on: bool) -> None:
        await self.client.do(
            "PUT", f"/api/chat/conversations/{conversation}/archive", archived=str(on).lower()
        )

    async def mute(self, conversation: int, on: bool) -> None:
        await self.client.do("PUT", f"/api/chat/conversations/{conversation}/mute", muted=str(on).lower())


class Modern(Driver):
    """The user-based client."""

    async def start(self, other: int) -> int:
        body = {"type": "direct", "participant_user_ids": [self.user, other]}
        return int((await self.client.do("POST", "/api/chat/conversations", body))["conversation_id"])

    async def send(self, conversation: int, text: str, **more: Any) -> int:
        path = f"/api/chat/conversations/{conversation}/messages"
        return int(
            (await self.client.do("POST", path, {"content": text, "message_type": "text", **more}))["id"]
        )

    async def forward(self, conversation: int, text: str, author: int) -> Answer:
        body = {"content": text, "is_forwarded": True, "forwarded_from_user_id": author}
        body["forwarded_from_name"] = "somebody"
        return await self.client.ask("POST", f"/api/chat/conversations/{conversation}/messages", body)

    async def messages(self, conversation: int, **query: Any) -> list[dict[str, Any]]:
        answer = await self.client.get(f"/api/chat/conversations/{conversation}/messages", **query)
        found: list[dict[str, Any]] = answer["messages"]
        return found

    async def conversations(self, **query: Any) -> dict[int, dict[str, Any]]:
        return {c["id"]: c for c in await self.client.get("/api/chat/conversations", **query)}

    async def create_group(self, name: str, members: list[int]) -> tuple[int, set[int]]:
        body = {"type": "group", "name": name, "participant_user_ids": members}
        made = await self.client.do("POST", "/api/chat/conversations", body)
        return made["conversation_id"], {person["user_id"] for person in made["rejected_participants"]}

    async def add(self, conversation: int, member: int) -> set[int]:
        path = f"/api/chat/conversations/{conversation}/participants"
        added = (await self.client.do("POST", path, {"participant_user_ids": [member]}))["added"]
        return {person["user_id"] for person in added}

    async def remove(self, conversation: int, member: int) -> None:
        await self.client.do("DELETE", f"/api/chat/conversations/{conversation}/participants/{member}")

    async def members(self, conversation: int) -> set[int]:
        details = await self.client.get(f"/api/chat/conversations/{conversation}")
        return {person["user_id"] for person in details["participants"]}

    async def block(self, other: int) -> None:
        await self.client.do("POST", "/api/chat/block", {"blocked_user_id": other, "reason": "a reason"})

    async def unblock(self, other: int) -> None:
        await self.client.do("DELETE", f"/api/chat/block/{other}")

    async def blocked(self) -> set[int]:
        return {b["user_id"] for b in (await self.client.get("/api/chat/blocked"))["blocked_contacts"]}

    async def save(self, **settings: Any) -> None:
        await self.client.do("PUT", "/api/chat/settings", {"settings": settings})

    async def settings_of(self, other: int) -> dict[str, Any]:
        return dict((await self.client.get("/api/chat/settings", target_user_id=other))["settings"])

    async def call(self, conversation: int, kind: str) -> int:
        body = {
            "conversation_id": conversation,
            "call_type": kind,
            "status": "initiated",
            "caller_user_id": self.user,
        }
        return int((await self.client.do("POST", "/api/call-logs", body))["call_log_id"])

    async def hang_up(self, call: int, seconds: int) -> None:
        await self.client.do(
            "PUT", f"/api/call-logs/{call}", {"status": "ended", "duration_seconds": seconds}
        )

    async def mark_read(self, conversation: int) -> None:
        await self.client.do("POST", f"/api/chat/conversations/{conversation}/read")

    async def archive(self, conversation: int, on: bool) -> None:
        await self.client.do("PUT", f"/api/chat/conversations/{conversation}/archive", {"is_archived": on})

    async def mute(self, conversation: int, on: bool) -> None:
        await self.client.do("PUT", f"/api/chat/conversations/{conversation}/mute", {"is_muted": on})


def driver(world: World, side: str, user: int) -> Driver:
    """A person's client of one side."""
    if side == "modern":
        return Modern(world.modern(user), user)
    return Legacy(world.legacy(user, NAMES[user][1]), user)
