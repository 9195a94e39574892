"""A failure becomes small: what it does not need is dropped, and it stays the same failure."""

from tests.migration.strangers.build import Spec
from tests.migration.strangers.shrink import SMALLER, shrunk
from tests.migration.strangers.trial import Outcome

SPEC = Spec(1, "D", ("column json", "their views", "bigint keys"))


async def shrink(fails):
    tries = []

    async def attempt(spec):
        tries.append(spec)
        return Outcome(spec, failures=fails(spec))

    return await shrunk(Outcome(SPEC, failures=fails(SPEC)), attempt), tries


async def test_only_the_feature_that_fails_stays():
    found, tries = await shrink(lambda s: ("E: json",) if "column json" in s.features else ())
    assert (found.spec.features, found.spec.state, found.spec.size) == (("column json",), "L", SMALLER[0])
    assert len(tries) == 5


async def test_two_that_fail_together_both_stay():
    needed = {"column json", "bigint keys"}
    found, _ = await shrink(lambda s: ("E: both",) if needed <= set(s.features) else ())
    assert set(found.spec.features) == needed


async def test_another_failure_of_a_smaller_input_is_not_taken_for_this_one():
    found, _ = await shrink(lambda s: ("E: first: x",) if len(s.features) == 3 else ("E: other: y",))
    assert found.failures == ("E: first: x",)
    assert found.spec.features == SPEC.features
