#!/usr/bin/env python3
"""One command for everything a developer does; it sets up what it needs (.venv, from the locks).

usage: python3 dev.py COMMAND [ARGUMENTS]

  demo [--json] [--port N]   the whole system on this machine: database, backend, gateway, both chat pages
  test [PYTEST ARGUMENTS]    the tests, on all cores (default: all but the slow ones)
  bench [--json] [WORKLOAD ...]  the gateway measured beside what people would use instead
  prove [NAME]               the checks that take minutes: slow tests, and properties with their full counts
  lint                       ruff check, ruff format --check, mypy, oxlint
  docs                       build the documentation site into dist/docs, every warning is an error
  lock [--upgrade]           write the three locks again from pyproject.toml
  wheel                      build the package for a server into dist/

`demo` installs what the demo needs and no test tools; all others install everything. DEV_VENV names another directory
than .venv. Exit codes: 0 done, 1 found something wrong, 2 called wrongly or refused.
"""

import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - before anything is imported that an older one cannot read
    print("Python 3.11 or newer is needed, this is " + sys.version.split()[0], file=sys.stderr)
    sys.exit(2)

from devtools import environment, locks
from devtools.installer import find_uv
from gateway.runtime import inherited

ROOT = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
PYTEST_CALLED_WRONGLY = {4, 5}  # usage error, no test found
LONGEST_TEST_S = (
    "300",
    "7200",
)  # without and with the slow ones; no test needs as long, but one could wait for ever


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    commands = {
        "demo": demo,
        "test": test,
        "bench": bench,
        "prove": prove,
        "lint": lint,
        "docs": docs,
        "lock": lock,
        "wheel": wheel,
    }
    if arguments[:1] in (["-h"], ["--help"], ["help"]):
        print(__doc__)
        return 0
    if not arguments or arguments[0] not in commands:
        return refuse(__doc__ or "")
    inherited.reset()
    os.chdir(ROOT)
    try:
        return commands[arguments[0]](arguments[1:])
    except subprocess.CalledProcessError as failure:
        return refuse(f"dev.py: this failed: {' '.join(map(str, failure.cmd))}")
    except (environment.SetUpError, OSError) as error:
        return refuse(f"dev.py: {error}")
    except KeyboardInterrupt:
        return 130


def demo(arguments: list[str]) -> int:
    """Become the demo, so that signals meant for it reach it (Windows has no exec: there it is a child)."""
    command = [set_up(locks.DEMO), "-m", "gateway.cli", "demo", *arguments]
    return subprocess.call(command) if WINDOWS else os.execv(command[0], command)  # noqa: S606


def test(arguments: list[str]) -> int:
    """Run pytest, in parallel unless the arguments say otherwise."""
    own_choice = any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments)
    parallel = [] if own_choice else ["-n", str(os.cpu_count() or 1), "--dist", "worksteal"]
    return pytest([*parallel, *arguments])


def bench(arguments: list[str]) -> int:
    """Run the measurements."""
    return subprocess.call([set_up(), "-m", "tests.bench", *arguments])


def prove(arguments: list[str]) -> int:
    """Run what takes minutes; `hypothesis` is the mark that Hypothesis puts on every property."""
    if len(arguments) > 1 or arguments[:1] == ["--help"]:
        return refuse("usage: python3 dev.py prove [NAME]")
    os.environ["PROVE"] = "1"
    name = ["-k", arguments[0]] if arguments else []
    return pytest(["-m", "slow or hypothesis", *name])


def lint(arguments: list[str]) -> int:
    """Run every check that reads the code, even after one of them found something."""
    if arguments:
        return refuse("usage: python3 dev.py lint")
    python = set_up()
    oxlint = str(Path(python).with_name("oxlint"))
    modules = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"])
    checks = [*([python, "-m", *module] for module in modules), [oxlint, "web"]]
    results = [subprocess.call(check) for check in checks]
    return 1 if any(results) else 0


def docs(arguments: list[str]) -> int:
    """Build the site of docs/, strictly."""
    if arguments:
        return refuse("usage: python3 dev.py docs")
    strictly = ["-b", "html", "-W", "--keep-going", "-q"]
    return subprocess.call([set_up(), "-m", "sphinx", *strictly, "docs", "dist/docs"])


def lock(arguments: list[str]) -> int:
    """Resolve what pyproject.toml allows, for every platform, with hashes; what still fits stays as it is."""
    uv = find_uv(environment.find(ROOT).python.parent)
    if uv is None:
        return refuse("dev.py lock needs uv: run python3 dev.py lint first, which installs it")
    locks.write(ROOT, uv, arguments)
    return 0


def wheel(arguments: list[str]) -> int:
    """Build the package, with the build backend of the lock."""
    if arguments:
        return refuse("usage: python3 dev.py wheel")
    return subprocess.call([set_up(), "-m", "hatchling", "build", "--target", "wheel"])


def pytest(arguments: list[str]) -> int:
    """Run pytest and say what its exit code means in ours."""
    os.environ.setdefault("PYTEST_TIMEOUT", LONGEST_TEST_S[os.environ.get("PROVE") == "1"])
    code = subprocess.call([set_up(), "-m", "pytest", *arguments])
    return 2 if code in PYTEST_CALLED_WRONGLY else min(code, 1)


def set_up(lock: locks.Lock = locks.DEVELOPMENT) -> str:
    """Make the environment hold what a lock says, unless it does; return its Python."""
    found = environment.find(ROOT)
    found.set_up(lock)
    return str(found.python)


def refuse(message: str) -> int:
    """Say what is wrong on standard error; the exit code for it."""
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
