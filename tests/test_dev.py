"""dev.py: what it refuses, what it runs, and when it sets up."""

import subprocess
import sys
import zipfile
from pathlib import Path
from subprocess import CalledProcessError

import pytest

import dev
from devtools import locks
from devtools.environment import SetUpError

LONGEST_S = 120


@pytest.fixture
def ran(monkeypatch):
    """The commands that dev.py would run; each answers 0. Setting up is left out."""
    commands = []
    monkeypatch.setattr(dev, "set_up", lambda: sys.executable)
    monkeypatch.setattr(
        dev.subprocess, "call", lambda command: commands.append([str(word) for word in command]) or 0
    )
    monkeypatch.delenv("PROVE", raising=False)
    return commands


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_help_teaches_every_command(arguments, capsys):
    assert dev.main(arguments) == 0
    said = capsys.readouterr().out
    assert all(
        f"\n  {name} " in said for name in ("demo", "test", "bench", "prove", "lint", "docs", "lock", "wheel")
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["lint", "x"],
        ["wheel", "x"],
        ["docs", "x"],
        ["prove", "a", "b"],
        ["prove", "--help"],
    ],
)
def test_called_wrongly_is_2(arguments, ran, capsys):
    assert dev.main(arguments) == 2
    said = capsys.readouterr()
    assert (said.out, ran) == ("", [])
    assert "usage" in said.err


def test_tests_run_on_all_cores_unless_told_otherwise(ran):
    dev.main(["test", "-k", "name"])
    dev.main(["test", "-n0"])
    assert ran[0][1:4] == ["-m", "pytest", "-n"]
    assert ran[0][-2:] == ["-k", "name"]
    assert ran[1][1:] == ["-m", "pytest", "-n0"]


def test_proving_asks_for_full_counts(ran, monkeypatch):
    monkeypatch.setenv("PROVE", "0")  # so that it is put back
    dev.main(["prove", "resume"])
    assert ran[0][1:] == ["-m", "pytest", "-m", "slow or hypothesis", "-k", "resume"]
    assert dev.os.environ["PROVE"] == "1"


@pytest.mark.parametrize(("pytests", "ours"), [(0, 0), (1, 1), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_says_pytests_exit_code_in_ours(ran, monkeypatch, pytests, ours):
    monkeypatch.setattr(dev.subprocess, "call", lambda command: pytests)
    assert dev.main(["test"]) == ours


def test_lint_runs_every_check_even_after_a_finding(ran, monkeypatch):
    monkeypatch.setattr(dev.subprocess, "call", lambda command: ran.append(command) or len(ran) % 2)
    assert dev.main(["lint"]) == 1
    assert [command[2] for command in ran[:3]] == ["ruff", "ruff", "mypy"]
    assert [Path(ran[3][0]).name, ran[3][1:]] == ["oxlint", ["web"]]


def test_the_demo_gets_no_tools(monkeypatch):
    """It becomes the demo, in an environment that was made from the demo's lock."""
    asked, became = [], []
    monkeypatch.setattr(dev, "set_up", lambda lock: asked.append(lock) or "python")
    monkeypatch.setattr(dev.os, "execv", lambda program, command: became.append(command))
    dev.main(["demo", "--json"])
    assert asked == [locks.DEMO]
    assert became == [["python", "-m", "gateway.cli", "demo", "--json"]]


@pytest.mark.parametrize(
    "error",
    [SetUpError("nothing here can install"), OSError(28, "No space left"), CalledProcessError(1, ["x"])],
)
def test_a_set_up_that_fails_is_one_line_and_2(monkeypatch, capsys, error):
    def fails(*_):
        raise error

    monkeypatch.setattr(dev, "set_up", fails)
    assert dev.main(["lint"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_old_python_is_refused_in_one_line(tmp_path):
    """Before anything is imported that it could not read."""
    code = (
        f"import runpy, sys; sys.version_info = (3, 9); runpy.run_path({dev.__file__!r}, run_name='__main__')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("Python 3.11 or newer is needed")
    assert len(answer.stderr.splitlines()) == 1


def test_the_wheel_holds_every_file_of_its_folders(tmp_path):
    """What a server is installed from: built without a network, by the build backend of the lock."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path]
    subprocess.run(build, cwd=dev.ROOT, check=True, capture_output=True, timeout=LONGEST_S)
    [wheel] = tmp_path.glob("chat_gateway-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(file.relative_to(dev.ROOT))
        for folder in ("gateway", "adapters", "contracts", "migration", "backend", "web", "demo")
        for file in (dev.ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert wanted - held == set()
