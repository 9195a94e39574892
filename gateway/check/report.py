"""What was found, operation by operation, for people and for programs."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from gateway.check.schema import Deviation

Verdict = Literal["conforms", "deviates", "missing", "skipped"]
_SHOWN = 5


class Finding(NamedTuple):
    """One operation's verdict; ``why`` is for people and stands with skipped and missing ones."""

    operation: str
    verdict: Verdict
    deviations: Sequence[Deviation] = ()
    why: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:<9} {self.operation}{self._details()}"

    def _details(self) -> str:
        if not self.deviations:
            return f" ({self.why})" if self.why else ""
        more = len(self.deviations) - _SHOWN
        shown = [str(deviation) for deviation in self.deviations[:_SHOWN]]
        return ": " + "; ".join([*shown, f"and {more} more"] if more > 0 else shown)


def counts(findings: Sequence[Finding]) -> dict[Verdict, int]:
    """How many of each verdict."""
    found = Counter(finding.verdict for finding in findings)
    return {verdict: found[verdict] for verdict in ("conforms", "deviates", "missing", "skipped")}


def as_text(findings: Sequence[Finding]) -> str:
    """One line an operation, and a last one with the sums."""
    sums = ", ".join(f"{number} {verdict}" for verdict, number in counts(findings).items())
    return "\n".join([*map(str, findings), sums])


def as_json(findings: Sequence[Finding]) -> str:
    """The same as one JSON object."""
    return json.dumps({"operations": [_entry(finding) for finding in findings], **counts(findings)})


def _entry(finding: Finding) -> dict[str, object]:
    entry: dict[str, object] = {
        "operation": finding.operation,
        "verdict": finding.verdict,
        "deviations": [deviation._asdict() for deviation in finding.deviations],
    }
    return {**entry, "why": finding.why} if finding.why else entry


def exit_code(findings: Sequence[Finding]) -> int:
    """0 all conforms, 1 something deviates or is missing, 2 nothing could be checked."""
    found = counts(findings)
    if found["deviates"] or found["missing"]:
        return 1
    return 0 if found["conforms"] else 2
