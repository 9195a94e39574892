"""What the folders promise each other: which way imports point, which test answers for which file, and that
nothing in the project belongs to one machine.
"""

import ast
import os
import re
import shutil
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.support.processes import ran

ROOT = Path(__file__).parents[1]
OURS = {"gateway", "adapters", "contracts", "migration", "backend", "web", "demo", "devtools"}
STANDARD = set(sys.stdlib_module_names)

# What a folder may import of ours, beside itself. `gateway/cli.py` finds its commands by name when they are called.
MAY_IMPORT = {
    "contracts": set(),
    "adapters": {"contracts"},
    "gateway": {"adapters", "contracts"},
    "backend": {"contracts"},
    "migration": {"contracts"},
    "web": set(),
    "demo": OURS,
    "devtools": set(),
}
# Values and pure functions: the standard library and msgspec, so that a test needs neither socket nor database.
PURE = {"contracts", "adapters"}
# Runs before anything is installed.
BARE = {"devtools"}

# Source files without a test of their own: a docstring, or one call.
UNTESTED = {"__init__.py", "__main__.py"}
# Folders whose files are answered for together, and by what.
TOGETHER = {
    "adapters/": "tests/adapters/legacy/test_exchanges.py",  # every row of every table, in both directions
    "backend/legacy/": "tests/backend/legacy/test_app.py",  # every operation, on both schemas
    "gateway/sockets/": "tests/gateway/sockets/test_bridge.py",  # over real sockets
    "migration/": "tests/migration/test_run.py",  # the phases are one thing only in their order
}
# Files that still owe a test of their own; nothing is added here.
OWED = {
    "contracts/model/http.py",
    "demo/people.py",
    "demo/run.py",
    "demo/stage.py",
    "gateway/exchange/observation.py",
    "gateway/exchange/protocols.py",
    "gateway/upstream/connection.py",
    "web/serve.py",
    "web/static_files.py",
    "web/wire.py",
}


def tracked() -> list[Path]:
    """The project's files: git's, or where there is no git or no repository all that .gitignore does not name."""
    git = shutil.which("git")
    answer = ran([git, "ls-files", "-z"], cwd=ROOT) if git else None
    if answer is not None and answer.returncode == 0:
        return [Path(name) for name in answer.stdout.split("\0") if name and (ROOT / name).is_file()]
    return sorted(Path(folder, name).relative_to(ROOT) for folder, names in walked() for name in names)


def walked() -> Iterator[tuple[str, list[str]]]:
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()] + [".git"]
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not any(fnmatch(name, one) for one in ignored)]
        yield folder, [name for name in names if not any(fnmatch(name, one) for one in ignored)]


def test_without_git_the_same_files_are_found(monkeypatch):
    with_git = set(tracked())
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert with_git <= set(tracked())
    assert {".git", ".venv", "__pycache__"} & {part for file in tracked() for part in file.parts} == set()


def sources() -> list[Path]:
    return [file for file in tracked() if file.suffix == ".py" and file.parts[0] in OURS]


def imports_of(file: Path) -> set[str]:
    """The top-level names of everything that a file imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(file.parts[0] if node.level else (node.module or "").partition(".")[0])
    return names


def test_there_is_something_to_look_at():
    assert {path.parts[0] for path in sources()} >= {"gateway", "contracts", "demo"}
    assert imports_of(Path("gateway/config/model.py")) >= {"msgspec", "contracts", "gateway"}


@pytest.mark.parametrize("file", sources(), ids=str)
def test_imports_point_one_way(file):
    folder = file.parts[0]
    imported = imports_of(file)
    assert imported & OURS <= MAY_IMPORT[folder] | {folder}
    if folder in PURE:
        assert imported - OURS <= STANDARD | {"msgspec"}
    if folder in BARE:
        assert imported - OURS <= STANDARD


def test_every_file_answers_to_a_test():
    files = [file for file in sources() if file.name not in UNTESTED]
    without = {
        str(file) for file in files if not (ROOT / "tests" / file.with_name(f"test_{file.name}")).is_file()
    }
    assert {file for file in without if not file.startswith(tuple(TOGETHER))} - OWED == set()
    assert [test for test in TOGETHER.values() if not (ROOT / test).is_file()] == []


def test_every_test_names_what_it_tests():
    """A file of that name, in whatever language, or a folder; but for tests of a folder as a whole."""
    tests = [file for file in tracked() if file.name.startswith("test_") and file.parts[1] in OURS]
    alone = [file for file in tests if not f"{file.relative_to('tests')}".startswith(tuple(TOGETHER))]
    assert [
        str(test) for test in alone if not any(is_subject(path, test) for path in folder_of(test).iterdir())
    ] == []


def folder_of(test: Path) -> Path:
    return ROOT / Path(*test.parts[1:-1])


def is_subject(path: Path, test: Path) -> bool:
    """``test_messages.py`` and ``test_messages_pins.py`` are about ``messages.py``."""
    name, about = path.name.replace(".", "_").replace("-", "_"), test.stem.removeprefix("test_")
    return name.startswith(about) or about.startswith(f"{path.stem.replace('-', '_')}_")


# Sub-packages and modules of a folder, from the bottom up: each imports only from what stands before it.
FLOORS = {
    "contracts": ["model", "rules", "operation", "specs"],
    "adapters": ["legacy", "v2_2", "legacy_upstream", "frames", "page", "new_text", "new"],
    "gateway": [
        "taskless",
        {"auth", "database", "check", "fields"},
        "config",
        "directory",
        {"rollout", "comparison"},
        {"exchange", "upstream"},
        "traffic",
        "telemetry",
        "http",
        {"admin", "sockets"},
        "runtime",
        "cli",
    ],
    "backend": [
        {"database", "sql", "services", "listening"},
        "helpers",
        "request_context",
        "auth",
        "resources",
        "sockets",
        "http",
        "legacy",
        "serve",
    ],
}
FLOOR_OF = {
    (folder, name): number
    for folder, floors in FLOORS.items()
    for number, floor in enumerate(floors)
    for name in ({floor} if isinstance(floor, str) else floor)
}


def modules_of(file: Path) -> set[str]:
    """The dotted names that a file imports from its own folder."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.startswith(f"{file.parts[0]}.")}


@pytest.mark.parametrize(
    "file", [file for file in sources() if file.parts[0] in FLOORS and len(file.parts) > 1], ids=str
)
def test_imports_point_down(file):
    folder, own = file.parts[0], file.parts[1].removesuffix(".py")
    if own == "__init__":
        return
    rooms = {name.split(".")[1] for name in modules_of(file)} - {own}
    above = {room for room in rooms if FLOOR_OF.get((folder, room), -1) >= FLOOR_OF[folder, own]}
    assert above == set(), f"{file} imports from above: {above}"


def packages() -> dict[str, list[Path]]:
    """Folder to its Python files, without ``__init__.py``."""
    found: dict[str, list[Path]] = {}
    for file in sources():
        found.setdefault(str(file.parent), []).append(file)
    return {name: [file for file in files if file.name != "__init__.py"] for name, files in found.items()}


def test_no_package_of_a_single_module():
    assert [name for name, files in packages().items() if len(files) == 1 and "/" in name] == []


def test_every_package_has_its_sentence():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [name for name in packages() if f"| `{name}/` |" not in page] == []


def test_the_roots_of_the_folders_stay_small():
    assert len(packages()["gateway"]) <= 14
    assert len(packages()["backend"]) <= 12


# Files of more than 250 lines, each with its reason.
LONG = {
    "backend/resources/connections.py": "one resource: its statements, its rows and its six routes",
    "contracts/rules/people.py": "the four person rules and what they share",
    "migration/anomalies/rules.py": "one entry for each of the 32 anomalies",
    "adapters/v2_2/conversations.py": "one resource: the list and the details in 2.2",
}


def test_files_are_short_or_say_why():
    long = {str(file) for file in sources() if len((ROOT / file).read_text("utf-8").splitlines()) > 250}
    assert long - LONG.keys() == set()
    assert LONG.keys() - long == set(), "no longer long"


def functions() -> list[tuple[int, str]]:
    """Lines and place of every function."""
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{file}::{node.name}")
        for file in sources()
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_functions_are_short():
    found = sorted(functions())
    assert found[len(found) // 2][0] <= 6, "the median of their lines"
    assert [name for lines, name in found if lines > 30] == []


# Homes of users, and where packages come from: a registry is the choice of whoever installs. With a group in each,
# so that this file does not hold what it looks for.
ONE_MACHINE = re.compile(
    rb"/(?:root|home/[a-z]+|Users/[A-Za-z]+)/|(?:pypi|pythonhosted)[.]org|npmjs[.](?:org|com)|deb[.]debian[.]org|index-u(?:rl)"
)
# The option that keeps addresses out of the lock.
LEGITIMATE = {("devtools/locks.py", b"index-" + b"url")}


def test_nothing_belongs_to_one_machine():
    found = {
        (str(name), place) for name in tracked() for place in ONE_MACHINE.findall((ROOT / name).read_bytes())
    }
    assert found - LEGITIMATE == set()
