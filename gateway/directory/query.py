"""The directory's one statement per database, as text; and what its rows mean. Pure.

The databases in use differ: users.last_name, is_suspended and others are missing in some, a whole profile table
may have moved away. The statement is therefore built from the columns that are really there.
"""

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from contracts.model.profile import MAX_ID, Profile
from contracts.model.roster import Found, Person, Role, in_preference

#: Table -> its columns; a table that is not there is not a key.
Tables = Mapping[str, Collection[str]]
Row = Mapping[str, Any]

USERS: Final = "users"
USER_FACTS: Final = (
    "first_name",
    "father_name",
    "last_name",
    "profile_picture",
    "email",
    "is_active",
    "is_suspended",
    "account_status",
)
#: Values of users.account_status with which nobody takes part in the chat.
SHUT: Final = frozenset(
    {"deactivated", "suspended", "banned", "blocked", "disabled", "deleted", "pending_deletion"}
)

COLUMNS: Final = """
SELECT asked.name AS table_name, a.attname AS column_name
FROM unnest($1::text[]) AS asked(name)
JOIN pg_attribute a ON a.attrelid = to_regclass(asked.name)
WHERE a.attnum > 0 AND NOT a.attisdropped
"""


class Statement(NamedTuple):
    """``sql`` takes the user ids as $1, then the profile ids of each of ``types`` in that order."""

    sql: str
    types: tuple[str, ...]

    def arguments(self, profiles: Iterable[Profile], users: Iterable[int]) -> list[list[int]]:
        """The arguments; an id that no bigint holds belongs to nobody and is left out."""
        ids: dict[str, list[int]] = {name: [] for name in self.types}
        for profile in profiles:
            if profile.type in ids and exists(profile.id):
                ids[profile.type].append(profile.id)
        return [[user_id for user_id in users if exists(user_id)], *ids.values()]


def exists(number: int) -> bool:
    """Whether a row can have this id at all. Comparing a bigint with an integer column is PostgreSQL's work."""
    return 1 <= number <= MAX_ID


def table_of(type_: str) -> str:
    """The table that holds the profiles of a type."""
    return f"{type_}_profiles"


def build(types: Sequence[str], tables: Tables, query: str | None, with_users: bool) -> Statement | None:
    """The statement for one database, or None when it holds nothing that we ask for.

    ``query`` replaces the profile tables by a SELECT of (type, id, user_id, username, is_active).
    Raises `LookupError` when the table of users should be here and is not.
    """
    if with_users and "id" not in tables.get(USERS, ()):
        raise LookupError("there is no table of users")
    present = tuple(
        name for name in types if query or {"id", "user_id"} <= set(tables.get(table_of(name), ()))
    )
    if not present and not with_users:
        return None
    wanted = ["SELECT unnest($1::bigint[]) AS user_id"]
    wanted += [_owners(name, number, query) for number, name in enumerate(present, 2)]
    parts = (
        [_roles_of_query(present, query)] if query else [_roles_of_table(name, tables) for name in present]
    )
    roles = "\nUNION ALL ".join(parts or [_NO_ROLES])
    select = _select_users(tables[USERS]) if with_users else _SELECT_ROLES
    return Statement(f"WITH wanted AS ({' UNION '.join(wanted)}),\nroles AS ({roles})\n{select}", present)


# Names of types and columns come from our own constants, and the query from the operator's configuration.
def _owners(name: str, number: int, query: str | None) -> str:
    if query:
        condition = f"q.type = '{name}' AND q.id = ANY(${number}::bigint[])"
        return f"SELECT q.user_id FROM {_subquery(query)} AS q WHERE {condition}"  # noqa: S608
    return f"SELECT user_id FROM {table_of(name)} WHERE id = ANY(${number}::bigint[])"  # noqa: S608


def _roles_of_table(name: str, tables: Tables) -> str:
    columns = tables[table_of(name)]
    username = "p.username::text" if "username" in columns else "NULL::text"
    active = "p.is_active" if "is_active" in columns else "NULL::boolean"
    return (
        f"SELECT '{name}' AS type, p.id AS profile_id, p.user_id, {username} AS username, {active} AS role_active "  # noqa: S608
        f"FROM wanted JOIN {table_of(name)} p ON p.user_id = wanted.user_id"
    )


def _roles_of_query(types: Sequence[str], query: str) -> str:
    names = ", ".join(f"'{name}'" for name in types)
    return (
        "SELECT q.type::text AS type, q.id AS profile_id, q.user_id, q.username::text AS username, "  # noqa: S608
        f"q.is_active AS role_active FROM wanted JOIN {_subquery(query)} AS q ON q.user_id = wanted.user_id "
        f"WHERE q.type IN ({names})"
    )


def _subquery(query: str) -> str:
    """The operator's SELECT in brackets; the line break ends a comment in its last line."""
    return f"({query.strip().rstrip(';')}\n)"


_NO_ROLES: Final = (
    "SELECT NULL::text AS type, NULL::bigint AS profile_id, NULL::bigint AS user_id, NULL::text AS username, "
    "NULL::boolean AS role_active WHERE false"
)
_SELECT_ROLES: Final = "SELECT user_id, type, profile_id, username, role_active FROM roles"


def _select_users(columns: Collection[str]) -> str:
    facts = ", ".join(f"u.{name}" if name in columns else f"NULL AS {name}" for name in USER_FACTS)
    return (
        f"SELECT u.id AS user_id, {facts}, r.type, r.profile_id, r.username, r.role_active "  # noqa: S608
        "FROM wanted JOIN users u ON u.id = wanted.user_id LEFT JOIN roles r ON r.user_id = u.id"
    )


def people_of(rows: Iterable[Row], prefer: Sequence[str]) -> dict[int, Person]:
    """The people in the rows of all databases. Profiles whose user has no row are nobody's, and left out."""
    facts: dict[int, Row] = {}
    roles: dict[int, set[Role]] = {}
    for row in rows:
        user_id = row["user_id"]
        if "account_status" in row:
            facts[user_id] = row
        if row["type"] is not None:
            roles.setdefault(user_id, set()).add(role_of(row))
    return {
        user_id: person_of(row, in_preference(tuple(roles.get(user_id, ())), prefer))
        for user_id, row in facts.items()
    }


@functools.lru_cache(maxsize=8_192)
def one_copy(text: Any) -> Any:
    """The same text, as one object for all who share a name: every row brings a copy of its own."""
    return text


def role_of(row: Row) -> Role:
    """One profile; an unset flag counts as active, as in both backends."""
    return Role(
        Profile(one_copy(row["type"]), row["profile_id"]), row["username"], row["role_active"] is not False
    )


def person_of(row: Row, roles: tuple[Role, ...]) -> Person:
    """A person from a row of users."""
    return Person(
        user_id=row["user_id"],
        first_name=one_copy(row["first_name"]),
        father_name=one_copy(row["father_name"]),
        last_name=one_copy(row["last_name"]),
        avatar=row["profile_picture"],
        email=row["email"],
        active=takes_part(row),
        roles=roles,
    )


def takes_part(row: Row) -> bool:
    """Whether the account is neither deactivated nor suspended, by any of the three columns that say so."""
    shut = (row["account_status"] or "").strip().lower() in SHUT
    return row["is_active"] is not False and row["is_suspended"] is not True and not shut


def answer(profiles: Iterable[Profile], users: Iterable[int], people: Mapping[int, Person]) -> Found:
    """What is known of everybody who was asked for, and None for those whom nobody knows."""
    owner = {role.profile: person.user_id for person in people.values() for role in person.roles}
    everybody = {**{user_id: people.get(user_id) for user_id in users}, **people}
    return Found({profile: owner.get(profile) for profile in profiles}, everybody)
