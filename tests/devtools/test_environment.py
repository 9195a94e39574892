"""Setting up: the versions of the lock whoever installs them, and no use of what was left half made."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from devtools.environment import Environment, SetUpError
from devtools.installer import install_command, succeeds
from devtools.locks import DEMO, DEVELOPMENT, normalised, pins
from tests.devtools.index import Index, serving
from tests.devtools.places import ROOT

LONGEST_S = 120
UV = Path(sys.executable).with_name("uv")
#: The pip that each version of Python brought first; 3.11 went through three that resolve differently.
FIRST_PIPS = {
    (3, 11): ["22.3", "23.0.1", "23.2.1"],
    (3, 12): ["23.2.1"],
    (3, 13): ["24.2"],
    (3, 14): ["25.2"],
}
INSTALLERS = [
    "uv",
    "bundled",
    *(f"pip=={version}" for version in FIRST_PIPS.get(sys.version_info[:2], [])),
    "pip",
]
PROJECT = """
[project]
name = "small"
version = "1.0"
dependencies = ["first", "second"]
scripts = {say = "gateway.cli:main"}
[project.optional-dependencies]
embedded = []
[dependency-groups]
dev = []
"""
CLI = "import first, second\ndef main():\n    print(__file__, first.VERSION, second.VERSION)\nmain()\n"


@pytest.fixture
def index() -> Iterator[Index]:
    with serving() as running:
        yield running


def settings(index: Index, *, uv: bool = False) -> dict[str, str]:
    """Environment variables with which everything comes from this index and nothing from a cache."""
    theirs = {name: text for name, text in os.environ.items() if not name.startswith(("PIP_", "UV_", "DEV_"))}
    path = "/usr/bin:/bin" + (f":{UV.parent}" if uv else "")
    ours = {
        "PIP_INDEX_URL": index.url,
        "PIP_NO_CACHE_DIR": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_RETRIES": "0",
    }
    return {
        **theirs,
        **ours,
        "PATH": path,
        "UV_DEFAULT_INDEX": index.url,
        "UV_NO_CACHE": "1",
        "UV_HTTP_RETRIES": "0",
    }


class Clone:
    """A small project with the real dev.py, whose demo prints where it is and what it was given."""

    def __init__(self, root: Path, index: Index) -> None:
        self.root, self.index = root, index
        root.mkdir()
        shutil.copy(ROOT / "dev.py", root)
        shutil.copytree(ROOT / "devtools", root / "devtools", ignore=shutil.ignore_patterns("__pycache__"))
        (root / "pyproject.toml").write_text(PROJECT)
        (root / "gateway").mkdir()
        (root / "gateway" / "cli.py").write_text(CLI)
        self.lock("1", "1")

    def lock(self, first: str, second: str) -> None:
        text = self.index.add("first", first) + self.index.add("second", second)
        (self.root / DEMO.file).write_text(text)

    def start(self, *, uv: bool = True, file_size: int = resource.RLIM_INFINITY) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "dev.py", "demo"],
            cwd=self.root,
            env=settings(self.index, uv=uv),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size)),
        )

    def run(self, **options: int) -> tuple[int, str, str]:
        with self.start(**options) as process:
            try:
                said, errors = process.communicate(timeout=LONGEST_S)
            finally:
                process.kill()
        return process.returncode, said, errors

    def says(self, first: str, second: str) -> tuple[int, str]:
        return 0, f"{self.root}/gateway/cli.py {first} {second}\n"


@pytest.fixture
def clone(tmp_path: Path, index: Index) -> Clone:
    return Clone(tmp_path / "clone", index)


@pytest.fixture(scope="module")
def whole() -> Iterator[tuple[Index, dict[str, str], str]]:
    """An index that offers what the development lock names, and of each a newer release; the versions; that lock.

    Each package needs what the real one needs.
    """
    text = (ROOT / DEVELOPMENT.file).read_text("utf-8")
    wanted = pins(text)
    with serving() as running:
        lines = []
        for name, version in wanted.items():
            needs = tuple(metadata.distribution(name).requires or [])
            lines.append(running.add(name, version, needs))
            running.add(name, "99990101", needs)
        yield running, wanted, "".join(lines)


def fetched(requirement: str, directory: Path) -> Path:
    """An empty environment with the pip that is asked for; pip comes from the index that this machine uses."""
    bundled = requirement == "bundled"
    command = [sys.executable, "-m", "venv", directory, *([] if bundled else ["--without-pip"])]
    subprocess.run(command, check=True, timeout=LONGEST_S)
    python = directory / "bin" / "python"
    if requirement not in ("bundled", "uv"):
        subprocess.run([*install_command(python), requirement], check=True, timeout=LONGEST_S)
    return python


@pytest.mark.parametrize("installer", INSTALLERS)
def test_every_installer_gives_the_versions_of_the_lock(installer, whole, tmp_path, monkeypatch):
    """Whatever has been published since. pip before 23.3 fails or takes what is newest where it may resolve."""
    index, wanted, lock = whole
    made = Environment(tmp_path, tmp_path / ".venv")
    python = fetched(installer, made.directory)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / DEVELOPMENT.file).write_text(lock)
    made.stamp.write_text(f'{{"python": {sys.version!r}, "root": "{tmp_path}"}}'.replace("'", '"'))
    for name, text in settings(index, uv=installer == "uv").items():
        monkeypatch.setenv(name, text)
    made.set_up(DEVELOPMENT)
    there = {
        normalised(one.metadata["Name"]): one.version
        for one in metadata.distributions(path=[str(made.packages)])
    }
    assert {name: there[name] for name in wanted} == wanted
    assert there.keys() - wanted.keys() <= {"pip", "setuptools", "chat-gateway"}
    assert (
        succeeds(python.with_name("chat-gateway"), "--nothing") is False
    )  # the stubs are no typer, but it starts


@pytest.mark.parametrize("uv", [True, False], ids=["uv", "pip"])
def test_sets_up_once_and_again_after_a_change(clone, uv, tmp_path, monkeypatch):
    """Bytecode kept elsewhere, too: both versions of a module have one size, on a fast machine one time."""
    elsewhere = tmp_path / "bytecode"
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(elsewhere))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    code, said, errors = clone.run(uv=uv)
    assert (code, said) == clone.says("1", "1"), errors
    assert "setting up" in errors
    assert clone.run(uv=uv) == (*clone.says("1", "1"), "")
    clone.lock("1", "2")
    code, said, _ = clone.run(uv=uv)
    assert (code, said) == clone.says("1", "2")
    assert not [one for one in elsewhere.rglob("*.pyc") if one.name.startswith(("first.", "second."))]


@pytest.mark.parametrize("uv", [True, False], ids=["uv", "pip"])
def test_killed_half_way_it_begins_again(clone, uv):
    clone.index.held = "second"
    with clone.start(uv=uv) as process:
        assert clone.index.reached.wait(LONGEST_S)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(LONGEST_S)
    clone.index.held = ""
    code, said, errors = clone.run(uv=uv)
    assert (code, said) == clone.says("1", "1"), errors


def test_one_that_outlived_its_parent_is_waited_for(clone):
    """dev.py is killed, its pip is not: the next one does not work beside it."""
    clone.index.held = "second"
    with clone.start() as killed:
        assert clone.index.reached.wait(LONGEST_S)
        killed.kill()
        killed.wait(LONGEST_S)
        with clone.start() as next_one:
            assert next_one.stderr.readline().startswith("waiting for another set-up")
            clone.index.go_on.set()
            said, errors = next_one.communicate(timeout=LONGEST_S)
    assert (next_one.returncode, said) == clone.says("1", "1"), errors


def test_what_was_half_unpacked_is_not_taken_for_installed(clone):
    """An installer that was killed leaves a package's records without its modules; pip then says it is there."""
    clone.run(uv=False)
    packages = next(clone.root.glob(".venv/lib/python*/site-packages"))
    (packages / "first.py").unlink()
    (clone.root / ".venv" / "installed").unlink()
    code, said, errors = clone.run(uv=False)
    assert (code, said) == clone.says("1", "1"), errors


def test_a_change_that_failed_and_was_taken_back_leaves_nothing_of_it(clone):
    clone.run()
    before = (clone.root / DEMO.file).read_text()
    clone.lock("2", "2")
    offered, clone.index.files = clone.index.files, {}
    assert clone.run()[0] == 2
    clone.index.files = offered
    (clone.root / DEMO.file).write_text(before)
    code, said, errors = clone.run()
    assert (code, said) == clone.says("1", "1")
    assert "setting up" in errors


def test_a_full_disk_is_2_and_the_same_command_begins_again(clone):
    clone.index.add("second", "1", filler=3_000_000)
    (clone.root / DEMO.file).write_text(
        clone.index.add("first", "1") + clone.index.add("second", "1", filler=3_000_000)
    )
    code, said, errors = clone.run(uv=False, file_size=2_500_000)
    assert (code, said) == (2, ""), errors
    assert errors.splitlines()[-1].startswith("dev.py: ")
    code, said, errors = clone.run()
    assert (code, said) == clone.says("1", "1"), errors


@pytest.mark.parametrize("uv", [True, False], ids=["uv", "pip"])
def test_without_a_network_it_says_what_is_missing(clone, uv):
    clone.index.url = "http://127.0.0.1:1/simple/"
    code, said, errors = clone.run(uv=uv)
    assert (code, said) == (2, "")
    assert "missing: first 1, second 1." in errors.splitlines()[-1]


def test_a_package_that_is_not_there_is_named(clone):
    clone.index.files = {name: file for name, file in clone.index.files.items() if name.startswith("first")}
    code, _, errors = clone.run()
    assert code == 2
    assert "second 1" in errors.splitlines()[-1]


def test_a_copy_runs_its_own_code(clone, tmp_path):
    clone.run()
    copy = tmp_path / "copy"
    shutil.copytree(clone.root, copy, symlinks=True)
    clone.root = copy
    code, said, _ = clone.run()
    assert (code, said) == clone.says("1", "1")
    answer = subprocess.run(
        [copy / ".venv" / "bin" / "say"], capture_output=True, text=True, timeout=LONGEST_S
    )
    assert answer.stdout.startswith(f"{copy}/")


def test_two_at_once_make_one(clone):
    with clone.start() as one, clone.start() as other:
        both = [process.communicate(timeout=LONGEST_S) for process in (one, other)]
    assert [(process.returncode, said) for process, (said, _) in zip((one, other), both, strict=True)] == [
        clone.says("1", "1")
    ] * 2
    assert sum(errors.count("setting up") for _, errors in both) == 1


def test_the_environment_of_the_tests_does_for_the_demo(clone, monkeypatch):
    """The other way round it does not."""
    (clone.root / DEVELOPMENT.file).write_text(
        (clone.root / DEMO.file).read_text() + clone.index.add("tool", "1")
    )
    made = Environment(clone.root, clone.root / ".venv")
    for name, text in settings(clone.index, uv=True).items():
        monkeypatch.setenv(name, text)
    made.set_up(DEMO)
    clone.index.files.clear()
    with pytest.raises(SetUpError):
        made.set_up(DEVELOPMENT)


def test_a_lock_that_was_not_written_after_a_change_is_named(clone):
    (clone.root / "pyproject.toml").write_text(PROJECT.replace('"second"]', '"second", "third"]'))
    code, _, errors = clone.run()
    assert code == 2
    assert f"third, which pyproject.toml needs, is not in {DEMO.file}" in errors.splitlines()[-1]


def test_dev_venv_names_another_place(clone, tmp_path, monkeypatch):
    from devtools.environment import find

    monkeypatch.delenv("DEV_VENV", raising=False)
    assert find(clone.root).directory == clone.root / ".venv"
    monkeypatch.setenv("DEV_VENV", str(tmp_path / "elsewhere"))
    assert find(clone.root).directory == tmp_path / "elsewhere"
