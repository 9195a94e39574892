"""What an operator does to the rules: one value in, another one out, or the reason why not. Pure."""

from msgspec.structs import replace

from adapters import OPERATIONS
from gateway.rollout.rules import InvalidRules, Rules, check
from gateway.rollout.steps import PHASES, World, after, before, waits_for, waits_for_phase
from gateway.rollout.verdict import ASKS, Verdict

#: The name that stands for all operations without a share of their own.
ALL = "all"
#: The share of people with which a canary begins.
CANARY = 5.0
_NAMES = frozenset(row.name for row in OPERATIONS)
#: What only reads may move as soon as both backends find their columns filled; a write only when nothing can be lost.
_READS = frozenset(row.name for row in OPERATIONS if row.safe)
_SHARES = {"observe": 0.0, "translate": 0.0, "compare": 0.0, "canary": CANARY, "moved": 100.0}


class Refused(Exception):
    """The change is not made; the text says what must come first."""


def set_share(rules: Rules, operation: str, percent: float) -> Rules:
    """The rules with another share for an operation, or for all. Raises `Refused`."""
    if operation == ALL:
        changed = replace(rules, percent=percent)
    elif operation in _NAMES:
        changed = replace(rules, operations={**rules.operations, operation: percent})
    else:
        raise Refused(f"{operation} is no operation: see docs/operations.md, or say {ALL}")
    try:
        check(changed)
    except InvalidRules as error:
        raise Refused(str(error)) from None
    return changed


def check_share(operation: str, percent: float, phase: str | None) -> None:
    """Raises `Refused` where the database is not ready for people on the new backend, or no longer for the old one."""
    if phase == PHASES[-1] and percent < 100:
        back = "chat-gateway migrate down --to constrain comes first"
        raise Refused(f"the database is contracted, so the old backend cannot answer: {back}")
    waits = waits_for_phase(phase, "backfill" if operation in _READS else "constrain")
    if percent > 0 and waits:
        raise Refused(f"{waits.text} ({waits.command} comes first)")


def stop(rules: Rules) -> Rules:
    """Everybody to the old backend, whatever else the rules say."""
    return replace(rules, stopped=True)


def advance(world: World, verdict: Verdict | None = None) -> Rules:
    """The next step, or the same one again after a stop. Raises `Refused`; without a verdict nobody is moved."""
    rules = world.rules
    if rules.stopped:
        return replace(rules, stopped=False)
    step = after(rules.step)
    if step is None:
        raise Refused(f"{rules.step} is the last step")
    waits = waits_for(step, world)
    if waits:
        raise Refused("; ".join(f"{one.text} ({one.command})" if one.command else one.text for one in waits))
    if step in ASKS and (verdict is None or verdict.answer != "safe"):
        raise Refused(_not_safe(step, verdict))
    return _at(rules, step)


def _not_safe(step: str, verdict: Verdict | None) -> str:
    reasons = verdict.reasons if verdict else ()
    texts = [f"{one.operation}: {one.text}" if one.operation else one.text for one in reasons]
    more = f" and {len(texts) - 3} more" if len(texts) > 3 else ""
    answer = verdict.answer.replace("_", " ") if verdict else "unknown"
    return (
        f"{step} is {answer}: {'; '.join(texts[:3])}{more} (chat-gateway verdict --step {step} comes first)"
    )


def back(rules: Rules, phase: str | None = None) -> Rules:
    """The step before. Raises `Refused`."""
    step = before(rules.step)
    if phase == PHASES[-1]:
        raise Refused("the database is contracted (chat-gateway migrate down --to constrain comes first)")
    if step is None:
        raise Refused(f"{rules.step} is the first step")
    return _at(rules, step)


def _at(rules: Rules, step: str) -> Rules:
    return replace(rules, step=step, percent=_SHARES.get(step, rules.percent))
