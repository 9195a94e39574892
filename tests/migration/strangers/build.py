"""From a seed to a database: which state, which features, and then the real thing on a server."""

import secrets
import subprocess
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from urllib.parse import quote, urlsplit

import asyncpg

from demo.databases import PostgresServer, execute, quoted
from tests.migration.databases import SCHEMA, pg_dump
from tests.migration.generator.generate import Size, imagined, load
from tests.migration.generator.world import direct
from tests.migration.strangers import (  # noqa: F401  (each registers its features)
    collisions,
    columns,
    hanging,
    later,
    missing,
    others,
    rights,
    settings,
)
from tests.migration.strangers.draft import FEATURES, Draft, in_order

PASSWORD = "secret"
MAY_BLOCK_SHARE = 0.08  # at most one generated database in ten is refused


SIZE = Size(people=10, messages=20, traps=1)


@dataclass(frozen=True)
class Spec:
    """What decides everything about one database; dropping a feature changes nothing about the others."""

    seed: int
    state: str
    features: tuple[str, ...]
    size: Size = SIZE

    def __str__(self) -> str:
        return f"seed {self.seed}, state {self.state}, {', '.join(self.features) or 'nothing odd'}"

    def without(self, name: str) -> "Spec":
        return replace(self, features=tuple(f for f in self.features if f != name))


def specified(seed: int) -> Spec:
    """Draw the database of a seed: one to six features, rarely one that may block."""
    random = Random(f"stranger {seed}")
    plain: dict[str, list[str]] = {}
    for name, feature in FEATURES.items():
        if not feature.may_block:
            plain.setdefault(feature.kind, []).append(name)
    # By kind first: there are many types of columns, and only some ways to own a table.
    kinds = random.choices(
        list(plain), [len(names) ** 0.5 for names in plain.values()], k=random.randint(1, 6)
    )
    chosen = {random.choice(plain[kind]) for kind in kinds}
    if random.random() < MAY_BLOCK_SHARE:
        chosen |= set(random.choices([f.name for f in FEATURES.values() if f.may_block]))
    return Spec(seed, random.choice("LPD"), in_order(chosen))


@dataclass(frozen=True)
class Stranger:
    """A made database: the addresses of the superuser, of whoever migrates, and of the application."""

    spec: Spec
    draft: Draft
    admin: str
    operator: str
    application: str

    @property
    def name(self) -> str:
        return urlsplit(self.admin).path.lstrip("/")


def drafted(spec: Spec, name: str) -> Draft:
    draft = Draft(spec.state, f"{name}_app", f"{name}_owner")
    for title in in_order(spec.features):
        FEATURES[title].write(draft, Random(f"{spec.seed} {title}"))
    return draft


@asynccontextmanager
async def made(server: PostgresServer, spec: Spec):
    """Make the database, give it away, and drop it and its roles."""
    name = f"stranger_{secrets.token_hex(5)}"
    draft = drafted(spec, name)
    admin = server.dsn_of(name)
    try:
        _create(server, name, draft)
        await _fill(admin, draft, spec)
        if draft.restored:
            _restore(server, name, draft)
        yield Stranger(
            spec,
            draft,
            admin,
            _address(admin, draft.owner if draft.by_owner else None),
            _writer(admin, draft),
        )
    finally:
        server.drop_database(name)
        execute(server.dsn_of("postgres"), _DROP_ROLES.format(name))


_DROP_ROLES = """DO $$ DECLARE r name; BEGIN
FOR r IN SELECT rolname FROM pg_roles WHERE rolname LIKE '{0}%' LOOP
    EXECUTE format('DROP ROLE %I', r);
END LOOP; END $$"""


def _create(server: PostgresServer, name: str, draft: Draft) -> None:
    roles = {draft.app, draft.owner}
    statements = [f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'" for role in sorted(roles)]
    if draft.superuser:
        statements.append(f"ALTER ROLE {draft.app} SUPERUSER")
    for sql in statements:
        execute(server.dsn_of("postgres"), sql)
    _create_database(server, name, draft)


def _create_database(server: PostgresServer, name: str, draft: Draft) -> None:
    execute(
        server.dsn_of("postgres"),
        f"CREATE DATABASE {quoted(name)} TEMPLATE template0 ENCODING '{draft.encoding}' LC_COLLATE 'C' LC_CTYPE 'C'",
    )


def _restore(server: PostgresServer, name: str, draft: Draft) -> None:
    """Replace the database by what its own dump makes."""
    with tempfile.NamedTemporaryFile() as file:
        command = [pg_dump(), "--format=custom", "--file", file.name, server.dsn_of(name)]
        subprocess.run(command, check=True, timeout=120)
        server.drop_database(name)
        _create_database(server, name, draft)
        restore = str(Path(pg_dump()).with_name("pg_restore"))
        subprocess.run(
            [restore, "--exit-on-error", "--dbname", server.dsn_of(name), file.name], check=True, timeout=120
        )


async def _fill(admin: str, draft: Draft, spec: Spec) -> None:
    schema = quoted(draft.schema)
    connection = await asyncpg.connect(admin, server_settings={"search_path": f"{schema}, pg_catalog"})
    try:
        for sql in (f"CREATE SCHEMA IF NOT EXISTS {schema}", *draft.first, SCHEMA[spec.state], *draft.shape):
            await connection.execute(sql)
        await load(connection, _world(draft, spec))
        for sql in (*draft.rows, *_given(draft), *draft.last):
            await connection.execute(sql)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _world(draft: Draft, spec: Spec):
    """The generated rows without those of missing tables, in letters that the database can hold."""
    world = imagined(spec.size, spec.seed, spec.state)
    # However small the world is, the writers need somebody with two roles who talks in it.
    direct(world)
    direct(world)
    for plant in draft.plants:
        plant(world)
    for table in draft.gone:
        world.rows.pop(table, None)
    if draft.encoding != "UTF8":
        for rows in world.rows.values():
            for row in rows:
                row.update({k: _plain(v) for k, v in row.items() if isinstance(v, str)})
    return world


def _plain(text: str) -> str:
    return "".join(c if c.isascii() else f"u{ord(c):x}" for c in text)


def _given(draft: Draft) -> list[str]:
    """Return what gives everything to its owner and lets the application write."""
    schema = quoted(draft.schema)
    lines = [
        f"ALTER SCHEMA {schema} OWNER TO {draft.owner}",
        _OWN.format(schema=draft.schema, owner=draft.owner),
    ]
    if draft.by_owner:
        lines.append(_ON_DATABASE.format("GRANT CREATE ON DATABASE %I TO " + draft.owner))
    if draft.app != draft.owner and draft.grants:
        lines += rights.granted(draft.app, draft.schema)
    return lines


_ON_DATABASE = "DO $$ BEGIN EXECUTE format('{}', current_database()); END $$"
_OWN = """DO $$ DECLARE r record; BEGIN
FOR r IN SELECT c.oid::regclass AS name, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = '{schema}' AND (c.relkind IN ('r', 'p', 'v', 'm') OR c.relkind = 'S' AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i'))) LOOP
    EXECUTE format('ALTER %s %s OWNER TO {owner}', CASE r.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
        WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, r.name);
END LOOP;
FOR r IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = '{schema}' LOOP
    EXECUTE format('ALTER ROUTINE %s OWNER TO {owner}', r.name);
END LOOP; END $$"""


def _address(admin: str, role: str | None, **options: str) -> str:
    if role is None:
        return admin
    parts = urlsplit(admin)
    query = "&".join(f"{key}={quote(text, safe='')}" for key, text in options.items())
    return parts._replace(netloc=f"{role}:{PASSWORD}@{parts.hostname}:{parts.port}", query=query).geturl()


def _writer(admin: str, draft: Draft) -> str:
    path = quoted(draft.schema) if draft.path is None else draft.path
    return _address(admin, draft.app, search_path=path)
