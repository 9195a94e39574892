"""The people of a run: who they are in PostgreSQL, in the peers' tables, and their tokens."""

import json
import time
from pathlib import Path
from typing import Any, Final

import jwt

SECRET: Final = "a-secret-for-measuring-only-0123456789"
#: People whom the database knows. Person n is student n and, if even, tutor n + 100000 as well.
KNOWN: Final = 10_000
SECOND_ROLE: Final = 100_000
_A_WEEK_S: Final = 7 * 86_400

SCHEMA: Final = f"""
CREATE TABLE users (id integer PRIMARY KEY, first_name text, father_name text, last_name text, email text,
    profile_picture text, is_active boolean DEFAULT true, is_suspended boolean DEFAULT false);
CREATE TABLE student_profiles (id integer PRIMARY KEY, user_id integer UNIQUE, username text, is_active boolean);
CREATE TABLE tutor_profiles (id integer PRIMARY KEY, user_id integer UNIQUE, username text, is_active boolean);
INSERT INTO users SELECT n, 'Name' || n, 'Father' || n, NULL, NULL, 'https://media.example.test/p/' || n || '.png'
    FROM generate_series(1, {KNOWN}) n;
INSERT INTO student_profiles SELECT n, n, 'student_' || n, true FROM generate_series(1, {KNOWN}) n;
INSERT INTO tutor_profiles SELECT n + {SECOND_ROLE}, n, 'tutor_' || n, true FROM generate_series(2, {KNOWN}, 2) n;
"""


def token(user_id: int) -> str:
    """A token that outlives the run."""
    return jwt.encode({"sub": str(user_id), "exp": int(time.time()) + _A_WEEK_S}, SECRET, "HS256")


def roles_of(number: int) -> list[tuple[str, int, str]]:
    """A person's roles, the preferred one first: type, id, username."""
    student = ("student", number, f"student_{number}")
    return [("tutor", number + SECOND_ROLE, f"tutor_{number}"), student] if number % 2 == 0 else [student]


def write_table(file: Path) -> None:
    """What the peers know of the same people, as JSON: they read it once when they start."""
    people: list[dict[str, Any]] = [
        {
            "user_id": number,
            "first_name": f"Name{number}",
            "father_name": f"Father{number}",
            "avatar": f"https://media.example.test/p/{number}.png",
            "roles": roles_of(number),
        }
        for number in range(1, KNOWN + 1)
    ]
    file.write_text(json.dumps({"secret": SECRET, "people": people}), "utf-8")
