"""The measurement of the directory, at a small size."""

import subprocess
import sys

from tests.bench.directory import HEADING


def test_a_table_of_what_was_asked():
    command = [sys.executable, "-m", "tests.bench.directory", "1000", "2000"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    first, *rows = told.splitlines()
    assert first == HEADING
    assert [row.split("|")[1].strip() for row in rows] == ["1000", "2000"]
    assert {row.count("|") for row in rows} == {HEADING.count("|")}
