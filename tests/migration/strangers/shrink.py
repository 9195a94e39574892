"""The smallest database that still fails: features are dropped one by one, then the traps, the rows and the state."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from tests.migration.generator.generate import Size
from tests.migration.strangers.build import Spec
from tests.migration.strangers.trial import Outcome

SMALLER = (Size(people=4, messages=0, traps=0), Size(people=6, messages=20, traps=0))


def kind(outcome: Outcome) -> str:
    """What failed, without numbers: a smaller input that fails in another way is another failure."""
    return ":".join(outcome.failures[0].split(":")[:2])[:60] if outcome.failures else ""


async def shrunk(outcome: Outcome, attempt: Callable[[Spec], Awaitable[Outcome]]) -> Outcome:
    """Return the same failure of the smallest input found; each try costs one trial."""
    found = outcome

    async def smaller(spec: Spec) -> bool:
        nonlocal found
        tried = await attempt(spec)
        same = kind(tried) == kind(found)
        found = tried if same else found
        return same

    for name in outcome.spec.features:
        await smaller(found.spec.without(name))
    for size in SMALLER:
        if await smaller(replace(found.spec, size=size)):
            break
    if found.spec.state != "L":
        await smaller(replace(found.spec, state="L"))
    return found
