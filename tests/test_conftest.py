"""The rules of a run, tried on runs of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import LONGEST_S

ROOT = Path(__file__).parents[1]
SAMPLE = """
import os
import pytest
from hypothesis import given, settings, strategies

@pytest.mark.skip(reason="no browser")
def test_marked(): pass

def test_inside(): pytest.skip("no browser")

@pytest.mark.xfail(strict=True)
def test_fails_as_expected(): assert 0

@pytest.mark.slow
def test_slow(): pass

@given(strategies.integers())
def test_law(n): assert settings.default.max_examples == int(os.environ["EXAMPLES"])
"""
WHOLE_MODULE = "import pytest\npytest.skip('no browser', allow_module_level=True)\n"


@pytest.mark.parametrize(
    ("text", "arguments", "environ", "expected"),
    [
        (SAMPLE, [], {}, (0, "1 passed, 2 skipped, 1 deselected, 1 xfailed")),
        (SAMPLE, [], {"CI": "true"}, (1, "1 failed, 1 passed, 1 deselected, 1 xfailed, 1 error")),
        (WHOLE_MODULE, [], {"CI": "true"}, (2, "1 error")),
        (
            SAMPLE,
            ["-m", "slow or hypothesis"],
            {"PROVE": "1", "EXAMPLES": "2000"},
            (0, "2 passed, 3 deselected"),
        ),
    ],
    ids=[
        "a skip is a skip",
        "but not in CI",
        "nor for a whole module",
        "slow tests and full counts when proving",
    ],
)
def test_closing_line(tmp_path, text, arguments, environ, expected):
    (tmp_path / "test_sample.py").write_text(text)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: minutes\n")
    plugins = ["-p", "_hypothesis_pytestplugin", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    ours = {name: value for name, value in os.environ.items() if name not in {"CI", "PROVE"}}
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *arguments, tmp_path],
        env={
            **ours,
            "EXAMPLES": "50",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(ROOT),
            **environ,
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    closing_line = answer.stdout.splitlines()[-1].strip("= ").rpartition(" in ")[0]
    assert (answer.returncode, closing_line) == expected, answer.stdout
