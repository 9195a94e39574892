"""One decision for each request: which backend answers, and why. Pure; made once and read by everything.

The kill switch is the first branch, before any rule is read. A rule that fails sends its request to the old backend
and is counted; a request is never refused because of the rollout.
"""

from typing import Literal, NamedTuple

from gateway.rollout.bucket import bucket, is_within
from gateway.rollout.rules import AT_ONCE, Rules

Side = Literal["from", "to"]
Why = Literal["stopped", "first", "last", "client", "operation", "all", "at_once", "failed"]


class Decision(NamedTuple):
    """``side`` is ``from`` for the old backend and ``to`` for the new one.

    ``percent`` and ``bucket`` are those that decided, None where another rule did. ``version`` is that of the rules.
    """

    side: Side
    why: Why
    version: int
    percent: float | None = None
    bucket: int | None = None


class Decider:
    """Decides by the rules that it holds. ``failures`` counts rules that could not be applied."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.stopped = rules.stopped
        self.held = False
        self.failures = 0

    def replace(self, rules: Rules) -> None:
        """From now on these rules."""
        self.rules = rules
        self.stopped = rules.stopped or self.held

    def hold(self, held: bool) -> None:
        """Stop everybody on this machine whatever the rules say, or let the rules decide again."""
        if held != self.held:
            self.held = held
            self.stopped = held or self.rules.stopped

    def decide(self, operation: str, user_id: int, client: str) -> Decision:
        """For an operation, the caller of a verified token, and the family of its client."""
        if self.stopped:
            return Decision("from", "stopped", self.rules.version)
        try:
            return _decide(self.rules, operation, user_id, client)
        except Exception:
            self.failures += 1
            return Decision("from", "failed", self.rules.version)


def _decide(rules: Rules, operation: str, user_id: int, client: str) -> Decision:
    if operation in AT_ONCE:
        percent = rules.share(operation)
        return Decision("to" if percent >= 100 else "from", "at_once", rules.version, percent)
    if user_id in rules.people.last:
        return Decision("from", "last", rules.version)
    if user_id in rules.people.first:
        return Decision("to", "first", rules.version)
    number = bucket(user_id, rules.salts.get(operation, rules.salt))
    own = rules.clients.get(client)
    if own is not None and not is_within(number, own):
        return Decision("from", "client", rules.version, own, number)
    percent = rules.share(operation)
    why: Why = "all" if rules.operations.get(operation) is None else "operation"
    return Decision("to" if is_within(number, percent) else "from", why, rules.version, percent, number)
