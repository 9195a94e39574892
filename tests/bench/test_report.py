import pytest

from tests.bench import report
from tests.bench.measure import Measured, Plan, summary
from tests.bench.workloads import WORKLOADS

PLAN = Plan(people=256, connections=32, rounds=7, seconds=1.0)
FOUND = {"gateway": [Measured(100, 10, 1, 2)], "nginx_lua": [Measured(200, 5, 1, 2)]}
LINE = summary(WORKLOADS["typing"], PLAN, FOUND, {"gateway": [], "nginx_lua": ["[] becomes {}"]})


def test_a_run_replaces_the_one_before_it_and_nothing_else(tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", "utf-8")
    report.write([LINE], document)
    text = document.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| typing | 0.50 | – | – | 10 | 5 | – | – | – | 1 / 2 |" in text
    assert "* nginx_lua: [] becomes {} (typing)" in text
    assert "256 people, 32 connections, medians of 7 rounds" in text


def test_a_document_without_a_section_is_left_alone(tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text("nothing\n", "utf-8")
    with pytest.raises(ValueError, match="no section"):
        report.write([LINE], document)
    assert document.read_text("utf-8") == "nothing\n"


def test_the_document_has_its_section():
    text = report.DOCUMENT.read_text("utf-8")
    assert text.count(report.BEGIN) == text.count(report.END) == 1
