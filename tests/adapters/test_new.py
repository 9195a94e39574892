"""An operation is added by one command: tried in a copy of the project, filled in, tested, and removed again."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.new import FILL_IN, main

ROOT = Path(__file__).parents[2]
NAME, METHOD, PATH = "messages.star", "POST", "/messages/{message_id}/star"
COMMAND = ["adapters.new", NAME, METHOD, PATH]
#: The tests that hold the tables, the contracts and the examples together.
TESTS = [
    "tests/adapters/test_page.py",
    "tests/adapters/legacy/test_exchanges.py",
    "tests/adapters/v2_2/test_exchanges.py",
    "tests/gateway/check/test_story.py",
    "tests/contracts/specs",
    "tests/adapters/test_new.py::test_nothing_is_left_to_fill_in",
]
COPIED = (
    "adapters",
    "backend",
    "contracts",
    "demo",
    "docs",
    "gateway",
    "migration",
    "tests",
    "web",
    "pyproject.toml",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(source, root)
    return root


def run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=copy, capture_output=True, text=True, timeout=300, check=False
    )


def run_tests(copy: Path) -> str:
    return run(copy, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *TESTS).stdout


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(root)): file.read_bytes()
        for file in root.rglob("*")
        if file.is_file() and not {"__pycache__", ".hypothesis"} & set(file.parts)
    }


def files_to_fill_in(root: Path) -> list[Path]:
    return [
        file
        for folder in ("adapters", "backend", "contracts")
        for file in sorted((root / folder).rglob("*"))
        if file.suffix in (".py", ".json", ".yaml") and file.name not in ("new.py", "new_text.py")
        if FILL_IN in file.read_text("utf-8")
    ]


def fill_in(root: Path) -> None:
    """What a person would write there, in the simplest case."""
    for file in files_to_fill_in(root):
        file.write_text(re.sub(rf"{FILL_IN}[^\"\n]*", "Star a message", file.read_text("utf-8")), "utf-8")
    table = root / "adapters/legacy/messages.py"
    star = f'"{METHOD} {PATH}"'
    table.write_text(table.read_text("utf-8").replace(star, f"{star}, trial=Trial(step=True)"), "utf-8")


def test_nothing_is_left_to_fill_in():
    left = [str(file.relative_to(ROOT)) for file in files_to_fill_in(ROOT)]
    assert left == [], f"search for {FILL_IN} in {', '.join(left)}"


def test_one_command_adds_an_operation_and_takes_it_out(copy):
    before = contents(copy)
    added = run(copy, *COMMAND)
    assert (added.returncode, added.stderr) == (0, "")
    failed = run_tests(copy)
    for place in ("adapters/legacy", "contracts/specs/legacy.openapi.yaml", "python -m adapters.page"):
        assert place in failed, "the tests name the file and what is missing"

    fill_in(copy)
    assert run(copy, "adapters.page", "docs/operations.md").returncode == 0
    passed = run_tests(copy)
    assert "failed" not in passed.splitlines()[-1], passed

    assert run(copy, *COMMAND, "--remove").returncode == 0
    assert run(copy, "adapters.page", "docs/operations.md").returncode == 0
    assert contents(copy) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["star", "POST", "/a"], "NAME is resource.verb"),
        (["messages.star", "POST", "a"], "a path begins with /"),
        (["messages.star", "PATCH", "/a"], "invalid choice"),
    ],
)
def test_wrong_words_are_refused(words, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words, ROOT)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_resource_without_a_file_is_named(capsys):
    assert main(["lamps.light", "POST", "/lamps"], ROOT) == 2
    assert "lamps" in capsys.readouterr().err
