"""dev.py: what it refuses, what it runs, and when it sets up."""

import subprocess
import sys
from pathlib import Path

import pytest

import dev


@pytest.fixture
def ran(monkeypatch):
    """The commands that dev.py would run; each answers 0. Setting up is left out."""
    commands = []
    monkeypatch.setattr(dev, "set_up", lambda: None)
    monkeypatch.setattr(
        dev.subprocess, "call", lambda command: commands.append([str(word) for word in command]) or 0
    )
    monkeypatch.delenv("PROVE", raising=False)
    return commands


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_help_teaches_every_command(arguments, capsys):
    assert dev.main(arguments) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {name} " in said for name in ("demo", "test", "bench", "prove", "lint", "lock"))


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["lint", "x"], ["prove", "a", "b"], ["prove", "--help"]]
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
    assert [command[2] for command in ran] == ["ruff", "ruff", "mypy"]


def test_knows_an_interpreter_of_another_version(tmp_path):
    assert dev.is_our_version(Path(sys.executable))
    assert not dev.is_our_version(tmp_path / "none")
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o755)
    assert not dev.is_our_version(other)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A project whose .venv is made by a pip that only takes notes."""
    notes = []
    for name, file in (("LOCK", "requirements.lock"), ("PROJECT", "pyproject.toml")):
        (tmp_path / file).write_text("")
        monkeypatch.setattr(dev, name, tmp_path / file)
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(dev, "STAMP", tmp_path / ".venv" / "installed")
    real_run = subprocess.run
    monkeypatch.setattr(dev, "installer", lambda: ["pip"])

    def run(command, **options):
        return notes.append(command) if command[0] == "pip" else real_run(command, **options)

    monkeypatch.setattr(dev.subprocess, "run", run)
    monkeypatch.setattr(dev, "find_uv", lambda: "uv")  # so that no pip is put into it
    return notes


def test_sets_up_once_and_again_after_a_change(bare):
    dev.set_up()
    assert [command[1] for command in bare] == ["--require-hashes", "--no-deps"]
    dev.set_up()
    assert len(bare) == 2
    dev.LOCK.write_text("changed")
    dev.set_up()
    assert len(bare) == 4
