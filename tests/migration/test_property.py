"""For every database that the generator can make: up, verify, down; the dumps are equal."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migration.run import down, plan, up, verify
from tests.conftest import PROVE
from tests.migration.databases import dump, filled
from tests.migration.generator.generate import Size

SIZES = st.builds(Size, people=st.integers(0, 25), messages=st.integers(0, 120), traps=st.integers(0, 3))


@settings(
    max_examples=100 if PROVE else 6,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(
    state=st.sampled_from("LPD"),
    size=SIZES,
    seed=st.integers(0, 2**32),
    to=st.sampled_from(["backfill", "merge", "constrain", "contract"]),
    batch=st.sampled_from([1, 7, 1000]),
)
def test_up_verify_down_is_the_identity(make_database, state, size, seed, to, batch):
    async def there_and_back():
        dsn, known = await filled(make_database, state, size, seed)
        before = dump(dsn)
        assert {c.name: c.count for c in (await plan(dsn)).conflicts} == known
        await up(dsn, to=to, backup=False, batch_rows=batch)
        assert (await verify(dsn)).differences == []
        await down(dsn)
        assert dump(dsn) == before

    asyncio.run(there_and_back())
