"""`.ci/run`: on which Pythons it runs what, and that nothing of an earlier run is in its way."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import LONGEST_S

ROOT = Path(__file__).parents[1]
#: Notes how it was called, instead of setting up and testing.
NOTES = """
import os, sys
names = ("DEV_VENV", "PIP_CACHE_DIR", "UV_CACHE_DIR", "MYPY_CACHE_DIR", "RUFF_CACHE_DIR", "PYTHONPYCACHEPREFIX")
print("called", *sys.argv[1:])
print("places", *(os.environ[name] for name in names))
print("left", *(name for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONOPTIMIZE") if name in os.environ))
sys.exit(int(os.environ.get("FAILS") == sys.argv[1]))
"""
#: A Python that is newer than any here: it answers what `.ci/run` asks, and runs the rest with the real one.
NEWEST = """#!/bin/sh
case "$2$1" in
*ensurepip*) echo "3.99.0 $0" ;;
*version_info*) echo 3.99 ;;
*--version) echo "Python 3.99.0" ;;
*) exec {python} "$@" ;;
esac
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci")
    (folder / "dev.py").write_text(NOTES)
    return folder


def run(project: Path, *, newest: bool, **more: str) -> tuple[int, list[str]]:
    """Run it where there is a newer Python or none; its exit code and what it printed."""
    pyenv = project / "pyenv"
    if newest:
        python = pyenv / "versions" / "3.99.0" / "bin" / "python3"
        python.parent.mkdir(parents=True)
        python.write_text(NEWEST.format(python=sys.executable))
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
    base = str(Path(sys.executable).resolve().parent)
    environment = {
        "PATH": f"{base}:/usr/bin:/bin",
        "PYENV_ROOT": str(pyenv),
        "TMPDIR": str(project.parent),
        **more,
    }
    done = subprocess.run(
        ["bash", ".ci/run"], cwd=project, env=environment, capture_output=True, text=True, timeout=LONGEST_S
    )
    return done.returncode, done.stdout.splitlines()


def called(lines: list[str]) -> list[str]:
    return [line.removeprefix("called ") for line in lines if line.startswith("called ")]


def test_everything_on_the_oldest_and_the_quick_part_on_the_newest(project):
    code, lines = run(project, newest=True)
    assert code == 0
    assert called(lines) == ["lint", "docs", "test", "test -m not browser and not slow --ignore=tests/system"]
    assert lines.index("== Python 3.99.0, without browser and whole system ==") > lines.index("called test")


def test_each_has_an_environment_and_caches_of_its_own_that_are_gone_afterwards(project):
    _, lines = run(project, newest=True, PYTHONPATH="x", VIRTUAL_ENV="x", PYTHONOPTIMIZE="1")
    assert [line for line in lines if line.startswith("left")] == ["left"] * 4
    places = [line.split()[1:] for line in lines if line.startswith("places")]
    assert len({one[0] for one in places}) == 2
    used = {Path(place) for one in places for place in one}
    assert all(place.is_relative_to(project.parent) and not place.exists() for place in used)
    assert sorted(path.name for path in project.parent.iterdir()) == ["project"]


def test_where_there_is_one_python_only_it_says_so(project):
    """This machine may have several; then the newest of them is run, too."""
    code, lines = run(project, newest=False)
    assert code == 0
    assert called(lines)[:3] == ["lint", "docs", "test"]
    alone = [line for line in lines if "nothing was run on a newer one" in line]
    assert bool(alone) == (len(called(lines)) == 3)


@pytest.mark.parametrize(("fails", "calls"), [("lint", 1), ("docs", 2), ("test", 3)])
def test_it_stops_at_the_first_that_fails(project, fails, calls):
    code, lines = run(project, newest=True, FAILS=fails)
    assert (code, len(called(lines))) == (1, calls)


def test_what_it_installs_is_known_by_a_command_or_a_file():
    text = (ROOT / ".ci" / "run").read_text("utf-8")
    pairs = text.partition("SYSTEM_PACKAGES=(")[2].partition(")")[0].split()
    assert len(pairs) > 4
    assert all(len(pair.split(":")) == 2 for pair in pairs)
