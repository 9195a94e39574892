# SQL is put together from our own constants only: no value from outside reaches it.
"""Realistic chat databases for tests and benchmarks: seeded, any size, every trap in known numbers.

`await generate(connection, Size(people=50, messages=2_000, traps=2), seed=1, state="L")` fills a database that has
the schema of that state and returns how often each trap is in it, as `rules.conflicts` will count it.
"""

from typing import Any

from migration.schema.connection import Connection
from tests.migration.generator.traps import plant
from tests.migration.generator.world import TYPES, Pair, Size, World, block, session, setting

ID_STEP = 40
__all__ = ["Size", "generate"]


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
        archived = random.random() < 0.1
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
        if dice < 0.15:
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
        elif dice < 0.2:
            identity = {
                "message_id": message,
                "user_id": user,
                "profile_type": pair[0],
                "profile_id": pair[1],
            }
            world.add("message_read_receipts", read_at=world.now(), **identity)
        elif dice < 0.22:
            caller = {"caller_user_id": user, "caller_profile_type": pair[0], "caller_profile_id": pair[1]}
            inside = f'[{{"profile_id": {pair[1]}, "profile_type": "{pair[0]}"}}]'
            world.known["D30"] += 1
            world.add(
                "call_logs", conversation_id=conversation, call_type="voice", participants=inside, **caller
            )


def _around(world: World, people: list[int]) -> None:
    random = world.random
    for user in people:
        role, profile = world.pair(user)
        if random.random() < 0.5:
            setting(world, user, (role, profile))
        if random.random() < 0.3:
            session(world, user, (role, profile), f"device {user}")
    for a, b in sorted({tuple(random.sample(people, 2)) for _ in range(len(people) // 4)}):
        block(world, a, world.pair(a), b, world.pair(b))


def imagined(size: Size, seed: int, state: str) -> World:
    """Return the rows of a database of state L, P or D, and how often each trap is in them."""
    world = World(size, seed, state)
    everyday(world)
    for _ in range(size.traps):
        plant(world)
    return world


async def generate(connection: Connection, size: Size, *, seed: int = 1, state: str = "L") -> dict[str, int]:
    """Fill an empty database of state L, P or D; return the number of cases of each trap."""
    world = imagined(size, seed, state)
    world.known["D15"] = sum(len(users) > 1 for users in world.owners.values())
    await load(connection, world)
    return {name: number for name, number in sorted(world.known.items()) if number}


FIRST = (
    "users",
    "student_profiles",
    "tutor_profiles",
    "parent_profiles",
    "advertiser_profiles",
    "conversations",
)


async def load(connection: Connection, world: World) -> None:
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
            )
    await connection.execute("ANALYZE")
