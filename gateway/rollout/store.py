"""The rollout in PostgreSQL: its rules, who changed them, and which processes have applied them.

A notice carries only the version: whoever hears it reads the whole state. "No rules" and "could not be read" are two
different things: `read` returns None for the first and raises for the second.
"""

import getpass
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from gateway.rollout.rules import Rules, parse

SCHEMA: Final = files(__package__).joinpath("store.sql").read_text(encoding="utf-8")
CHANNEL: Final = "chat_rollout"
#: What the gateways may do; `chat_rollout.rules` is changed by its owner only.
_GRANTS: Final = (
    "GRANT USAGE ON SCHEMA chat_rollout TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA chat_rollout TO {role}",
    (
        "GRANT INSERT, UPDATE ON chat_rollout.processes, chat_rollout.ledger, chat_rollout.batches,"
        " chat_rollout.marks, chat_rollout.compared, chat_rollout.differences, chat_rollout.health TO {role}"
    ),
    "GRANT DELETE ON chat_rollout.ledger, chat_rollout.batches, chat_rollout.processes, chat_rollout.health TO {role}",
)
_READ: Final = "SELECT document, changed_at, changed_by, reason FROM chat_rollout.rules"
_WRITE: Final = """INSERT INTO chat_rollout.rules (version, document, changed_by, reason) VALUES ($1, $2, $3, $4)
    ON CONFLICT (one) DO UPDATE SET version = $1, document = $2, changed_by = $3, reason = $4, changed_at = now()"""
_AUDIT: Final = """INSERT INTO chat_rollout.audit (version, changed_by, action, reason, before, after)
    VALUES ($1, $2, $3, $4, $5, $6)"""
_SEEN: Final = """INSERT INTO chat_rollout.processes (id, node, version) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET seen_at = now(), version = $3"""
_APPLIED: Final = """SELECT count(*) FILTER (WHERE version >= $1) AS applied, count(*) AS running
    FROM chat_rollout.processes WHERE ended_at IS NULL AND seen_at > now() - interval '15 seconds'"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Conflict(Exception):
    """Somebody else changed the rules meanwhile, or they were not initialised."""


@dataclass(frozen=True, slots=True)
class State:
    """The stored rules, and their last change."""

    rules: Rules
    changed_at: datetime
    changed_by: str
    reason: str


async def init(connection: Connection, gateway_role: str | None = None) -> State:
    """Create the schema and its first rules (nobody is moved); what is there already stays."""
    await connection.execute(SCHEMA)
    if gateway_role is not None:
        role = await connection.fetchval("SELECT quote_ident($1)", gateway_role)
        for grant in _GRANTS:
            await connection.execute(grant.format(role=role))
    found = await read(connection)
    return found or await change(connection, Rules(), "init", "initialised", expected=None)


async def read(connection: Connection) -> State | None:
    """The state, None when there are no rules yet. Raises `InvalidRules` for a form that is not known here."""
    row = await connection.fetchrow(_READ)
    if row is None:
        return None
    rules = parse(json.loads(row["document"]))
    return State(rules, row["changed_at"], row["changed_by"], row["reason"])


async def change(
    connection: Connection, rules: Rules, action: str, reason: str, *, expected: int | None, by: str = ""
) -> State:
    """Store new rules as the version after ``expected`` and tell every gateway. Raises `Conflict`.

    ``by`` is who asked for it, by default the user of this system; the database's role is noted beside it.
    """
    async with connection.transaction():
        await connection.execute("LOCK TABLE chat_rollout.rules IN SHARE ROW EXCLUSIVE MODE")
        before = await read(connection)
        if (before.rules.version if before else None) != expected:
            raise Conflict("the rules were changed meanwhile: look at `chat-gateway rollout status` again")
        version = (expected or 0) + 1
        document = _document(msgspec.structs.replace(rules, version=version))
        changed_by = by or f"user {getpass.getuser()}"
        await connection.execute(_WRITE, version, document, changed_by, reason)
        old = _document(before.rules) if before else None
        await connection.execute(_AUDIT, version, changed_by, action, reason, old, document)
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, str(version))
        found = await read(connection)
    assert found is not None  # noqa: S101 - just written
    return found


async def seen(connection: Connection, process: UUID, node: str, version: int) -> None:
    """A process of a gateway is alive and has applied this version."""
    await connection.execute(_SEEN, process, node, version)


async def ended(connection: Connection, process: UUID) -> None:
    """A process has ended in order."""
    await connection.execute("UPDATE chat_rollout.processes SET ended_at = now() WHERE id = $1", process)


async def applied(connection: Connection, version: int) -> tuple[int, int]:
    """How many running processes have applied the version, and how many are running."""
    row = await connection.fetchrow(_APPLIED, version)
    return (row["applied"], row["running"]) if row else (0, 0)


async def history(connection: Connection, most: int = 50) -> list[Mapping[str, Any]]:
    """The latest changes, newest first."""
    rows = await connection.fetch("SELECT * FROM chat_rollout.audit ORDER BY version DESC LIMIT $1", most)
    return [dict(row) for row in rows]


def _document(rules: Rules) -> str:
    return msgspec.json.encode(rules).decode()
