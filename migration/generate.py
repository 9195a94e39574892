"""Realistic chat databases for tests and benchmarks: seeded, any size, every trap in known numbers.

`await generate(connection, Size(people=50, messages=2_000, traps=2), seed=1, state="L")` fills a database that has the schema
of that state and returns how often each trap is in it, as `rules.conflicts` will count it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from migration.catalog import Connection

TYPES = ("student", "tutor", "parent", "advertiser")
LEVELS = ("everyone", "connections", "none", "nobody", "contacts", "odd")
START = datetime(2026, 1, 1)  # noqa: DTZ001 (the database has no zones, D31)
ID_STEP = 40


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
        self.random = Random(seed)  # noqa: S311 (no secret)
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
        user = self.add(
            "users",
            email=f"{len(self.rows.get('users', []))}@example.test",
            password_hash="x",
            first_name="N",
        )  # noqa: S106
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
        read = moment + timedelta(minutes=self.random.randint(0, 500)) if self.random.random() < 0.7 else None  # noqa: PLR2004
        values = {
            "conversation_id": conversation,
            "user_id": user,
            "profile_type": pair[0],
            "profile_id": pair[1],
            "joined_at": moment,
            "last_read_at": read,
            "is_active": True,
            "is_muted": self.random.random() < 0.2,  # noqa: PLR2004
            "is_pinned": self.random.random() < 0.2,  # noqa: PLR2004
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


def everyday(world: World) -> None:
    """Add people, conversations and messages without any trap that needs a decision."""
    random = world.random
    people = [
        world.person(*random.sample(TYPES, random.choice((1, 1, 1, 2, 2, 3))))
        for _ in range(max(world.size.people, 4))
    ]
    pairs = list({tuple(sorted(random.sample(people, 2))) for _ in range(world.size.people)})
    rooms: list[tuple[int, list[tuple[int, Pair]]]] = []
    for pair in sorted(pairs):
        members = [(user, world.pair(user)) for user in pair]
        rooms.append((world.conversation("direct", members), members))
    for number in range(max(world.size.people // 5, 1)):
        chosen = random.sample(people, random.randint(2, min(len(people), 12)))
        kind = "channel" if number % 4 == 0 else "group"
        world.known["D28"] += kind == "channel"
        archived = random.random() < 0.1  # noqa: PLR2004
        world.known["D27"] += archived
        members = [(user, world.pair(user)) for user in chosen]
        rooms.append(
            (world.conversation(kind, members, name=f"room {number}", is_archived=archived), members)
        )
    _talk(world, rooms)
    _around(world, people)


def _talk(world: World, rooms: list[tuple[int, list[tuple[int, Pair]]]]) -> None:
    random = world.random
    for _ in range(world.size.messages):
        conversation, members = random.choice(rooms)
        user, pair = random.choice(members)
        message = world.message(conversation, user, pair)
        dice = random.random()
        if dice < 0.15:  # noqa: PLR2004
            for other, role in random.sample(members, min(len(members), 2)):
                identity = {
                    "message_id": message,
                    "user_id": other,
                    "profile_type": role[0],
                    "profile_id": role[1],
                }
                world.add(
                    "message_reactions", reaction=random.choice("👍❤😀"), created_at=world.now(), **identity
                )
        elif dice < 0.2:  # noqa: PLR2004
            identity = {
                "message_id": message,
                "user_id": user,
                "profile_type": pair[0],
                "profile_id": pair[1],
            }
            world.add("message_read_receipts", read_at=world.now(), **identity)
        elif dice < 0.22:  # noqa: PLR2004
            caller = {"caller_user_id": user, "caller_profile_type": pair[0], "caller_profile_id": pair[1]}
            inside = '[{"profile_id": %d, "profile_type": "%s"}]' % (pair[1], pair[0])
            world.known["D30"] += 1
            world.add(
                "call_logs", conversation_id=conversation, call_type="voice", participants=inside, **caller
            )


def _around(world: World, people: list[int]) -> None:
    random = world.random
    for user in people:
        role, profile = world.pair(user)
        if random.random() < 0.5:  # noqa: PLR2004
            setting(world, user, (role, profile))
        if random.random() < 0.3:  # noqa: PLR2004
            session(world, user, (role, profile), f"device {user}")
    for a, b in sorted({tuple(random.sample(people, 2)) for _ in range(len(people) // 4)}):
        block(world, a, world.pair(a), b, world.pair(b))


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
        name: random.random() < 0.5  # noqa: PLR2004
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


async def generate(connection: Connection, size: Size, *, seed: int = 1, state: str = "L") -> dict[str, int]:
    """Fill an empty database of state L, P or D; return the number of cases of each trap."""
    from migration.traps import plant  # noqa: PLC0415 (traps are built from what is above)

    world = World(size, seed, state)
    everyday(world)
    for _ in range(size.traps):
        plant(world)
    world.known["D15"] = sum(len(users) > 1 for users in world.owners.values())
    await _load(connection, world)
    return {name: number for name, number in sorted(world.known.items()) if number}


FIRST = (
    "users",
    "student_profiles",
    "tutor_profiles",
    "parent_profiles",
    "advertiser_profiles",
    "conversations",
)


async def _load(connection: Connection, world: World) -> None:
    """Copy all rows in the order of their references, a table's rows grouped by their columns."""
    names = [*FIRST, "chat_messages", "polls", "poll_options", *world.rows]
    async with connection.transaction():
        for table in dict.fromkeys(name for name in names if name in world.rows):
            groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
            for row in world.rows[table]:
                groups.setdefault(tuple(row), []).append(tuple(row.values()))
            for columns, records in groups.items():
                await connection.copy_records_to_table(table, records=records, columns=columns)
            await connection.execute(
                f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}) + {ID_STEP})"
            )  # noqa: S608
    await connection.execute("ANALYZE")
