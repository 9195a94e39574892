"""PostgreSQL 13 to 18, those of them that this machine has: each migrates strangers' databases, too.

What was not run is printed, and is listed in docs/migration.md for the machine of the last release.
"""

import pytest

from demo.postgres import EmbeddedPostgres
from tests.migration.strangers.build import specified
from tests.migration.strangers.trial import tried
from tests.migration.strangers.versions import SUPPORTED, embedded, installed, not_run

OTHERS = [v for v in SUPPORTED if v in installed() and v != embedded()]
SEEDS = range(10)


@pytest.fixture(scope="module", params=OTHERS or [embedded()], ids=lambda v: f"postgres-{v}")
def other_server(request):
    with EmbeddedPostgres(binaries=installed().get(request.param)) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
async def test_other_versions_hold_too(other_server, seed):
    outcome = await tried(other_server, specified(seed))
    assert outcome.failures == (), str(outcome.spec)


def test_every_version_is_run_here_or_named_as_not_run(capsys):
    assert sorted({*OTHERS, embedded(), *not_run()}) == list(SUPPORTED)
    with capsys.disabled():
        print(f"\nPostgreSQL not run here: {', '.join(map(str, not_run())) or 'none'}")
