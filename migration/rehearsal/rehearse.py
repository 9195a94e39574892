"""The rehearsal: every step on a copy, the writes of both generations as each role in between, and the way back."""

import re
from dataclasses import dataclass, field

import asyncpg

from migration.engine.address import parse
from migration.engine.errors import MigrationError
from migration.engine.progress import Progress
from migration.engine.session import Session, connect
from migration.phases.down import go_down
from migration.phases.up import go_up
from migration.rehearsal import scratch as places
from migration.rehearsal.sample import chosen, copied
from migration.rehearsal.writes import LEGACY, MODERN, Write, failing, lacking, may_become, writers
from migration.reporting.verify import verify_database
from migration.schema.catalog import Catalog, read_catalog
from migration.schema.connection import Connection, identifier


@dataclass
class Rehearsal:
    """What it says: lines for a person, and what stands in the way."""

    lines: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    not_tried: set[str] = field(default_factory=set)
    today: set[tuple[str, str]] = field(default_factory=set)  # role and write that fail before any migration


async def rehearse(source: Connection, dsn: str, server_dsn: str | None) -> Rehearsal:
    """Copy the schema and sampled rows of `source` (at `dsn`) into a scratch database and try everything there."""
    response = Rehearsal()
    async with places.scratch(source, server_dsn or dsn) as copy:
        rows = await _furnish(source, dsn, copy, response)
        response.lines.append(f"{rows:,} rows in a copy of the schema, dropped again")
        try:
            async with connect(copy, schema=source.schema) as session:
                await _there_and_back(session, response)
        except (MigrationError, asyncpg.PostgresError) as failure:
            response.blocks.append(f"the rehearsal stopped: {failure}")
    if response.not_tried:
        response.lines.append(
            f"not tried, judged from the catalog: the writes of {', '.join(sorted(response.not_tried))}"
        )
    return response


async def _furnish(source: Connection, dsn: str, copy: str, response: Rehearsal) -> int:
    """Make tables, rows, then indexes, keys and triggers; without the roles where we may not give anything to them."""
    catalog = await read_catalog(source)
    with_roles = True
    try:
        await places.restored(copy, await places.dumped(dsn, "pre-data", with_roles=True))
    except (asyncpg.InsufficientPrivilegeError, MigrationError):
        with_roles = False
        await places.restored(copy, await places.dumped(dsn, "pre-data", with_roles=False))
        response.lines.append(
            "the copy belongs to one role: other roles are not there or not ours to give to"
        )
    target = await asyncpg.connect(**parse(copy).arguments(), connection_class=Connection)
    try:
        sample = await chosen(source, catalog)
        await copied(source, target, sample)
        await places.copy_settings(source, target)
    finally:
        await target.close()
    await places.restored(copy, await places.dumped(dsn, "post-data", with_roles=with_roles))
    return sample.rows


async def _there_and_back(session: Session, response: Rehearsal) -> None:
    connection = session.connection
    schema = identifier(connection.schema)
    before = _shape(await read_catalog(connection))
    for write in await _tried(connection, schema, LEGACY, response):
        response.today.add((write.role, write.name))
    for phase in ("expand", "backfill", "merge", "constrain"):
        await go_up(session, phase, Progress())
        if phase in ("expand", "constrain"):
            _judge(await _tried(connection, schema, LEGACY | MODERN, response), phase, response)
        response.lines.append(f"{phase}: done")
    found = await verify_database(connection, Progress())
    response.blocks += [f"rehearsed, verify finds: {d}" for d in found.differences]
    await go_down(session, None, Progress())
    response.lines.append("and back: done")
    response.blocks += _different(before, _shape(await read_catalog(connection)))


async def _tried(
    connection: Connection, schema: str, statements: dict[str, str], response: Rehearsal
) -> list[Write]:
    found = []
    for role in await writers(connection, schema):
        if await may_become(connection, role):
            found += await failing(connection, schema, role, statements)
        else:
            response.not_tried.add(role)
            found += await lacking(connection, schema, role)
    return found


def _judge(failed: list[Write], phase: str, response: Rehearsal) -> None:
    """What fails today already is not the migration's."""
    for write in failed:
        if (write.role, write.name) not in response.today:
            response.blocks.append(f"after {phase}, {write.role} could not {write.name}: {write.failure}")


def _shape(catalog: Catalog) -> dict[str, object]:
    """What must be as before: the columns of every table, its constraints, indexes and triggers."""
    return {
        **{f"table {name}": columns for name, columns in catalog.tables.items()},
        **{
            f"constraint {c.table}.{c.name}": (c.validated, _plain(c.definition)) for c in catalog.constraints
        },
        **{f"index {i.name}": i for i in catalog.indexes},
        **{f"trigger {table}.{name}": True for table, name in catalog.triggers},
    }


def _plain(definition: str) -> str:
    """Return a definition without casts and brackets: PostgreSQL moves them when it reads its own text."""
    return re.sub(r"::[a-z ]+(\[\])?|[()\s]", "", definition)


def _different(before: dict[str, object], after: dict[str, object]) -> list[str]:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [f"rehearsed, not as before after the way back: {name}" for name in names[:10]]
