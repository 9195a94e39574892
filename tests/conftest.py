"""Fixtures that any test may ask for, and the rules of a run: no skips in CI, `slow` only when asked for."""

import hashlib
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest

from demo.databases import PostgresServer, execute, run_in_thread
from demo.postgres import EmbeddedPostgres
from demo.stage import LEGACY, load
from gateway.runtime import inherited
from migration.run import up

inherited.reset()  # the tests, and every process that they start
# Tests change copies of our files within a second, which Python does not notice in a shared folder of bytecode.
os.environ.pop("PYTHONPYCACHEPREFIX", None)

IN_CI = os.environ.get("CI") == "true"
PROVE = os.environ.get("PROVE") == "1"

# A loaded two-core machine makes no statement about speed, so there are no deadlines.
HEALTH = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile(
    "quick", max_examples=50, deadline=None, derandomize=IN_CI, suppress_health_check=HEALTH
)
hypothesis.settings.register_profile("prove", max_examples=2000, deadline=None, suppress_health_check=HEALTH)
hypothesis.settings.load_profile("prove" if PROVE else "quick")


@pytest.fixture
def hang_up_as_usual() -> Iterator[None]:
    """What this test starts is ended by SIGHUP, even where the tests run under `nohup`, which is inherited."""
    number = getattr(signal, "SIGHUP", None)
    before = number and signal.signal(number, signal.SIG_DFL)
    yield
    if number:
        signal.signal(number, before)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server: our own, or the one that TEST_DATABASE_URL names."""
    external = os.environ.get("TEST_DATABASE_URL")
    if external:
        yield PostgresServer(external)
        return
    with EmbeddedPostgres() as server:
        yield server


class DatabaseMaker:
    """Makes databases by copying a template per SQL text, and drops what it made."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.prefix = f"test_{secrets.token_hex(4)}"
        self.numbers = count(1)
        self.templates: dict[str, str] = {}
        self.made: list[str] = []

    def make(self, sql: Path | str | None = None, template: str | None = None) -> str:
        """Return the dsn of a new database, filled by `sql` (a file or text) or copied from the one named."""
        text = sql.read_text(encoding="utf-8") if isinstance(sql, Path) else sql
        if text is not None and template is None:
            return self._create(self._template_of(text))
        dsn = self._create(template)
        if text is not None:
            execute(dsn, text)
        return dsn

    def drop(self, names: list[str]) -> None:
        for name in names:
            self.server.drop_database(name)

    def _template_of(self, text: str) -> str:
        key = hashlib.sha256(text.encode()).hexdigest()
        if key not in self.templates:
            name = f"{self.prefix}_template_{key[:12]}"
            execute(self.server.create_database(name), text)
            self.templates[key] = name
        return self.templates[key]

    def _create(self, template: str | None) -> str:
        name = f"{self.prefix}_{next(self.numbers)}"
        dsn = self.server.create_database(name, template)
        self.made.append(name)
        return dsn


@pytest.fixture(scope="session")
def _database_maker(postgres: PostgresServer) -> Iterator[DatabaseMaker]:
    maker = DatabaseMaker(postgres)
    yield maker
    maker.drop(list(maker.templates.values()))


@pytest.fixture
def make_database(_database_maker: DatabaseMaker) -> Iterator[Callable[..., str]]:
    """`make_database(SCHEMA_SQL)` -> dsn of a fresh database, dropped after the test."""
    yield _database_maker.make
    _database_maker.drop(_database_maker.made)
    _database_maker.made.clear()


@pytest.fixture(scope="session")
def migrated_template(postgres: PostgresServer) -> Iterator[str]:
    """The story as the profile-based service left it, after `up`: the name of a database to copy."""
    name = f"migrated_{secrets.token_hex(4)}"
    dsn = load(postgres, name, LEGACY)

    async def migrate() -> None:
        await up(dsn, backup=False)

    run_in_thread(migrate)
    yield name
    postgres.drop_database(name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless a marker expression or PROVE=1 asks for it."""
    if PROVE or config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """In CI a skipped test is a failed one: a green run must have run everything."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, which CI forbids: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """The same for a whole module that skips itself."""
    report = yield
    if IN_CI and report.skipped:
        report.outcome, report.longrepr = "failed", f"skipped, which CI forbids: {report.longrepr}"
    return report
