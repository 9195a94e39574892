"""The people of the demo: read from its database, each with a token of its own."""

import json
import time
from typing import Any, Final

import asyncpg
import jwt

#: A week, as the platform's own access tokens.
LIFETIME_S: Final = 7 * 24 * 3600

_PEOPLE: Final = """
    SELECT u.id, concat_ws(' ', u.first_name, coalesce(u.father_name, u.last_name)) AS name,
           (SELECT json_object_agg(p.type, p.id) FROM (
                SELECT 'student' AS type, id FROM student_profiles WHERE user_id = u.id
                UNION ALL SELECT 'tutor', id FROM tutor_profiles WHERE user_id = u.id
                UNION ALL SELECT 'parent', id FROM parent_profiles WHERE user_id = u.id) p)::text AS profiles
    FROM users u ORDER BY u.id
"""


def token(user_id: int, secret: str, profiles: dict[str, int]) -> str:
    """An access token as the platform issues it: ``sub`` is text, and so are the ids of the roles."""
    role_ids = {type_: str(id_) for type_, id_ in profiles.items()}
    claims = {
        "sub": str(user_id),
        "role": next(iter(profiles), None),
        "role_ids": role_ids or None,
        "exp": int(time.time()) + LIFETIME_S,
    }
    return jwt.encode(claims, secret, algorithm="HS256")


async def read_people(dsn: str, secret: str) -> list[dict[str, Any]]:
    """``[{"user_id", "name", "token", "profiles": {type: id}}, ...]`` in the order of user ids."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(_PEOPLE)
    finally:
        await connection.close()
    return [_person(row, secret) for row in rows]


def _person(row: asyncpg.Record, secret: str) -> dict[str, Any]:
    profiles: dict[str, int] = json.loads(row["profiles"]) if row["profiles"] else {}
    return {
        "user_id": row["id"],
        "name": row["name"],
        "token": token(row["id"], secret, profiles),
        "profiles": profiles,
    }
