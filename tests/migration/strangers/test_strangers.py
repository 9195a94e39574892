"""In a database that grew in other hands `migrate` holds whole, or `plan` says beforehand why it will not.

20 generated databases in a quick run, 1,000 in `dev.py prove`. What held is remembered in .pytest_cache for as long as
neither the tool nor the generator changes, so that a run of all of them can be interrupted and goes on.
"""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from tests.migration.strangers.build import specified
from tests.migration.strangers.draft import FEATURES
from tests.migration.strangers.shrink import shrunk
from tests.migration.strangers.trial import tried

QUICK, ALL = 20, 1000
CODE = ("migration", "tests/migration/strangers", "tests/migration/generator")


def digest():
    """Of the code whose behaviour is remembered."""
    found = hashlib.sha256()
    for folder in CODE:
        for file in sorted(Path(folder).rglob("*")):
            if file.suffix in (".py", ".sql"):
                found.update(file.read_bytes())
    return found.hexdigest()[:16]


@pytest.fixture(scope="session")
def held(request, tmp_path_factory):
    """The folder with one empty file for each seed that held."""
    cache = getattr(request.config, "cache", None)  # not there with `-p no:cacheprovider`
    return cache.mkdir(f"strangers-{digest()}") if cache else tmp_path_factory.mktemp("strangers")


def seeds():
    slow = pytest.mark.slow
    return [pytest.param(n, marks=slow) if n >= QUICK else n for n in range(ALL)]


@pytest.mark.parametrize("seed", seeds())
async def test_a_strangers_database_holds_or_is_refused_beforehand(postgres, held, seed):
    if (held / str(seed)).exists():
        return
    outcome = await tried(postgres, specified(seed))
    if outcome.failures:
        outcome = await shrunk(outcome, lambda spec: tried(postgres, spec))
        pytest.fail(f"smallest: {outcome.spec}\n" + "\n".join(outcome.failures), pytrace=False)
    (held / str(seed)).touch()


def test_blocking_is_the_exception():
    """At most one database in ten has a feature that may block; every feature is in some of them."""
    specs = [specified(seed) for seed in range(ALL)]
    blocked = [s for s in specs if any(FEATURES[name].may_block for name in s.features)]
    assert len(blocked) <= ALL / 10
    times = Counter(name for s in specs for name in s.features)
    assert [name for name in FEATURES if times[name] < 3] == []


def test_what_must_run_never_may_block():
    kinds = {f.kind for f in FEATURES.values() if f.may_block}
    assert kinds == {"encoding", "hanging tables", "row security", "row types", "partitions"}


def test_dropping_a_feature_leaves_the_others_as_they_were():
    spec = next(s for s in map(specified, range(ALL)) if len(s.features) > 2)
    smaller = spec.without(spec.features[0])
    assert smaller.features == spec.features[1:]
    assert (smaller.seed, smaller.state) == (spec.seed, spec.state)
