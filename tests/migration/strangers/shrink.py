"""The smallest database that still fails: features are dropped one by one, then the traps, the rows and the state."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from tests.migration.generator.generate import Size
from tests.migration.strangers.build import Spec
from tests.migration.strangers.trial import Outcome

SMALLER = (Size(people=4, messages=0, traps=0), Size(people=6, messages=20, traps=0))


async def shrunk(outcome: Outcome, attempt: Callable[[Spec], Awaitable[Outcome]]) -> Outcome:
    """Return the failure of the smallest input found; each try costs one trial."""
    for name in outcome.spec.features:
        smaller = await attempt(outcome.spec.without(name))
        outcome = smaller if smaller.failures else outcome
    for size in SMALLER:
        smaller = await attempt(replace(outcome.spec, size=size))
        if smaller.failures:
            outcome = smaller
            break
    if outcome.spec.state != "L":
        smaller = await attempt(replace(outcome.spec, state="L"))
        outcome = smaller if smaller.failures else outcome
    return outcome
