"""A generated chat database under construction: rows, clock, and how often each trap is in it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

TYPES = ("student", "tutor", "parent", "advertiser")
LEVELS = ("everyone", "connections", "none", "nobody", "contacts", "odd")
START = datetime(2026, 1, 1)
HASH = "x"


@dataclass(frozen=True)
class Size:
    """How much: people, messages, and cases of each trap."""

    people: int = 30
    messages: int = 300
    traps: int = 2


Pair = tuple[str, int]


class World:
    """Rows under construction, and what is known about them."""

    def __init__(self, size: Size, seed: int, state: str) -> None:
        self.size, self.state = size, state
        self.random = Random(seed)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.known: Counter[str] = Counter()
        self.ids: dict[str, count[int]] = {}
        self.profiles: dict[int, list[Pair]] = {}
        self.clock = START
        self.owners: dict[int, set[int]] = {}

    def add(self, table: str, **values: Any) -> int:
        """Add a row and return its id."""
        number = next(self.ids.setdefault(table, count(1)))
        self.rows.setdefault(table, []).append({"id": number, **values})
        return number

    def now(self) -> datetime:
        """Return the next moment; no two rows share one."""
        self.clock += timedelta(seconds=self.random.randint(1, 90))
        return self.clock

    def person(self, *types: str) -> int:
        """Add a person with profiles of these types; ids of different types collide as they do in life."""
        email = f"{len(self.rows.get('users', []))}@example.test"
        user = self.add("users", email=email, password_hash=HASH, first_name="N")
        self.profiles[user] = []
        for kind in types:
            self.ids.setdefault(f"{kind}_profiles", count(1_000_000 if kind == "advertiser" else 100_000))
            profile = self.add(f"{kind}_profiles", user_id=user, username=f"{kind}{user}", is_active=True)
            self.profiles[user].append((kind, profile))
            self.owners.setdefault(profile, set()).add(user)
        return user

    def conversation(self, kind: str, members: list[tuple[int, Pair]], **more: Any) -> int:
        """Add a conversation whose first member created it; every member gets a row."""
        created = self.now()
        (creator, (role, profile)), *_ = members
        values = {
            "type": kind,
            "created_by_profile_type": role,
            "created_by_profile_id": profile,
            "created_at": created,
        }
        if self.state == "D":
            values["created_by_user_id"] = creator
        conversation = self.add("conversations", **{**values, **more})
        for user, pair in members:
            self.member(conversation, user, pair, role="admin" if user == creator else "member")
        return conversation

    def member(self, conversation: int, user: int, pair: Pair | tuple[None, None], **more: Any) -> int:
        """Add a participant."""
        moment = self.now()
        read = moment + timedelta(minutes=self.random.randint(0, 500)) if self.random.random() < 0.7 else None
        values = {
            "conversation_id": conversation,
            "user_id": user,
            "profile_type": pair[0],
            "profile_id": pair[1],
            "joined_at": moment,
            "last_read_at": read,
            "is_active": True,
            "is_muted": self.random.random() < 0.2,
            "is_pinned": self.random.random() < 0.2,
            "created_at": moment,
            "updated_at": moment,
        }
        return self.add("conversation_participants", **{**values, **more})

    def message(
        self, conversation: int, user: int, pair: Pair | tuple[str | None, int | None], **more: Any
    ) -> int:
        """Add a message."""
        values = {
            "conversation_id": conversation,
            "sender_user_id": user,
            "sender_profile_type": pair[0],
            "sender_profile_id": pair[1],
            "content": f"message {self.random.getrandbits(40):x}",
            "created_at": self.now(),
            "is_deleted": False,
            "is_pinned": False,
        }
        return self.add("chat_messages", **{**values, **more})

    def pair(self, user: int) -> Pair:
        """Return one of a person's profiles."""
        return self.random.choice(self.profiles[user])


def two(world: World) -> tuple[int, int]:
    """Add two people, the first with two roles."""
    return world.person("student", "tutor"), world.person("tutor")


def direct(world: World) -> tuple[int, int, int]:
    """Add a direct conversation of two new people with a message; return it and them."""
    a, b = two(world)
    conversation = world.conversation("direct", [(a, world.profiles[a][0]), (b, world.profiles[b][0])])
    world.message(conversation, b, world.profiles[b][0])
    return conversation, a, b


def setting(world: World, user: int, pair: Pair, **more: Any) -> int:
    """Add a row of settings with random values."""
    random = world.random
    values: dict[str, Any] = {
        "user_id": user,
        "profile_type": pair[0],
        "profile_id": pair[1],
        "updated_at": world.now(),
    }
    values |= {
        name: random.choice(LEVELS)
        for name in ("who_can_message", "allow_calls_from", "last_seen_visibility")
    }
    values |= {
        name: random.random() < 0.5
        for name in (
            "read_receipts",
            "online_status",
            "block_screenshots",
            "hide_email",
            "disable_forwarding",
        )
    }
    return world.add("chat_settings", **{**values, "two_step_verification": False, **more})


def session(world: World, user: int, pair: Pair, device: str | None) -> None:
    """Add a session of a device."""
    activity = "last_active_at" if world.state == "D" else "last_active"
    world.add(
        "chat_active_sessions",
        user_id=user,
        profile_type=pair[0],
        profile_id=pair[1],
        session_token=f"web-{user}-{pair[1]}-{pair[0]}-{len(world.rows.get('chat_active_sessions', []))}",
        device_name=device,
        **{activity: world.now()},
    )


def block(world: World, a: int, by: Pair, b: int, pair: Pair, reason: str | None = None) -> None:
    """Let a block b."""
    world.known["D10"] += len(world.profiles.get(b, [])) > 1
    identity = {"blocker_user_id": a, "blocker_profile_type": by[0], "blocker_profile_id": by[1]}
    identity |= {"blocked_user_id": b, "blocked_profile_type": pair[0], "blocked_profile_id": pair[1]}
    world.add("blocked_chat_contacts", reason=reason, blocked_at=world.now(), **identity)
