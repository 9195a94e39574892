"""What an operator does to the rules: one value in, another one out, or the reason why not. Pure."""

from msgspec.structs import replace

from adapters import OPERATIONS
from gateway.rollout.rules import InvalidRules, Rules, check
from gateway.rollout.steps import World, after, before, waits_for

#: The name that stands for all operations without a share of their own.
ALL = "all"
#: The share of people with which a canary begins.
CANARY = 5.0
_NAMES = frozenset(row.name for row in OPERATIONS)
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


def stop(rules: Rules) -> Rules:
    """Everybody to the old backend, whatever else the rules say."""
    return replace(rules, stopped=True)


def advance(world: World) -> Rules:
    """The next step, or the same one again after a stop. Raises `Refused`."""
    rules = world.rules
    if rules.stopped:
        return replace(rules, stopped=False)
    step = after(rules.step)
    if step is None:
        raise Refused(f"{rules.step} is the last step")
    waits = waits_for(step, world)
    if waits:
        raise Refused("; ".join(f"{one.text} ({one.command})" if one.command else one.text for one in waits))
    return _at(rules, step)


def back(rules: Rules) -> Rules:
    """The step before. Raises `Refused`."""
    step = before(rules.step)
    if step is None:
        raise Refused(f"{rules.step} is the first step")
    return _at(rules, step)


def _at(rules: Rules, step: str) -> Rules:
    return replace(rules, step=step, percent=_SHARES.get(step, rules.percent))
