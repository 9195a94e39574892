"""The report for people and for programs."""

import json

import pytest

from gateway.check.report import Finding, as_json, as_text, exit_code
from gateway.check.schema import Deviation

GOOD = Finding("a.get", "conforms")
BAD = Finding("b.get", "deviates", [Deviation("$.x", "string", "1")])
GONE = Finding("c.get", "missing", why='405 "no"')
LEFT = Finding("d.put", "skipped", why="changes data: only with --write")


def test_one_line_an_operation_and_the_sums():
    assert as_text([GOOD, BAD, GONE, LEFT]).splitlines() == [
        "conforms  a.get",
        "deviates  b.get: `$.x`: expected string, got 1",
        'missing   c.get (405 "no")',
        "skipped   d.put (changes data: only with --write)",
        "1 conforms, 1 deviates, 1 missing, 1 skipped",
    ]


@pytest.mark.parametrize(("number", "shown"), [(5, ""), (6, "; and 1 more"), (20, "; and 15 more")])
def test_many_deviations_are_cut(number, shown):
    line = str(Finding("b.get", "deviates", [Deviation(f"$.{n}", "a", "b") for n in range(number)]))
    assert line.endswith("expected a, got b" + shown)
    assert line.count("expected") == 5


def test_for_programs_nothing_is_cut():
    many = Finding("b.get", "deviates", [Deviation(f"$.{n}", "a", "b") for n in range(20)])
    said = json.loads(as_json([GOOD, many, LEFT]))
    assert [len(entry["deviations"]) for entry in said["operations"]] == [0, 20, 0]
    assert {key: said[key] for key in ("conforms", "deviates", "missing", "skipped")} == {
        "conforms": 1,
        "deviates": 1,
        "missing": 0,
        "skipped": 1,
    }
    assert said["operations"][2]["why"] == LEFT.why


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([GOOD], 0),
        ([GOOD, LEFT], 0),
        ([GOOD, BAD], 1),
        ([GOOD, GONE], 1),
        ([LEFT, GONE], 1),
        ([LEFT], 2),
        ([], 2),
    ],
)
def test_exit_code(found, code):
    assert exit_code(found) == code
