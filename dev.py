#!/usr/bin/env python3
"""One command for everything a developer does; it sets up what it needs (.venv, from requirements.lock).

usage: python3 dev.py COMMAND [ARGUMENTS]

  demo [--json] [--port N]   the whole system on this machine: database, backend, gateway, both chat pages
  test [PYTEST ARGUMENTS]    the tests, on all cores (default: all but the slow ones)
  bench [--json] [WORKLOAD ...]  the gateway measured beside what people would use instead
  prove [NAME]               the checks that take minutes: slow tests, and properties with their full counts
  lint                       ruff check, ruff format --check, mypy
  lock                       write requirements.lock again from pyproject.toml (needs uv)

Exit codes: 0 done, 1 found something wrong, 2 called wrongly or refused.
"""

from __future__ import annotations  # an older Python must get as far as being refused

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
STAMP = VENV / "installed"
PYTEST_CALLED_WRONGLY = {4, 5}  # usage error, no test found


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    commands = {"demo": demo, "test": test, "bench": bench, "prove": prove, "lint": lint, "lock": lock}
    if arguments[:1] in (["-h"], ["--help"], ["help"]):
        print(__doc__)
        return 0
    if not arguments or arguments[0] not in commands:
        return refuse(__doc__ or "")
    if sys.version_info < (3, 11):  # noqa: UP036
        return refuse(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    os.chdir(ROOT)
    try:
        return commands[arguments[0]](arguments[1:])
    except subprocess.CalledProcessError as failure:
        return refuse(f"dev.py: this failed: {' '.join(map(str, failure.cmd))}")
    except KeyboardInterrupt:
        return 130


def demo(arguments: list[str]) -> int:
    """Become the demo, so that signals meant for it reach it (Windows has no exec: there it is a child)."""
    set_up()
    command = [str(PYTHON), "-m", "gateway.cli", "demo", *arguments]
    return subprocess.call(command) if WINDOWS else os.execv(command[0], command)  # noqa: S606


def test(arguments: list[str]) -> int:
    """Run pytest, in parallel unless the arguments say otherwise."""
    own_choice = any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments)
    parallel = [] if own_choice else ["-n", str(os.cpu_count() or 1), "--dist", "worksteal"]
    return pytest([*parallel, *arguments])


def bench(arguments: list[str]) -> int:
    """Run the measurements."""
    set_up()
    return subprocess.call([PYTHON, "-m", "tests.bench", *arguments])


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
    set_up()
    checks = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"])
    results = [subprocess.call([PYTHON, "-m", *check]) for check in checks]
    return 1 if any(results) else 0


def lock(arguments: list[str]) -> int:
    """Resolve the newest versions that pyproject.toml allows, for every platform, with hashes."""
    uv = find_uv()
    if uv is None:
        return refuse("dev.py lock needs uv: pip install uv")
    options = (
        "--all-extras --group test --universal --generate-hashes --no-emit-index-url --no-header --quiet"
    )
    command = [uv, "pip", "compile", str(PROJECT), *options.split(), "-o", str(LOCK), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return 0


def pytest(arguments: list[str]) -> int:
    """Run pytest and say what its exit code means in ours."""
    set_up()
    code = subprocess.call([PYTHON, "-m", "pytest", *arguments])
    return 2 if code in PYTEST_CALLED_WRONGLY else min(code, 1)


def set_up() -> None:
    """Make .venv hold what the lock says and the project itself; costs nothing when it already does."""
    stamp = hashlib.sha256(LOCK.read_bytes() + PROJECT.read_bytes() + sys.version.encode()).hexdigest()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == stamp:
        return
    print("setting up .venv (once) ...", file=sys.stderr)
    if not is_our_version(PYTHON):
        create_venv()
    install = installer()
    subprocess.run(
        [*install, "--no-deps", "--require-hashes", "-r", str(LOCK)], check=True, stdout=sys.stderr
    )
    project = ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    subprocess.run([*install, *project], check=True, stdout=sys.stderr)
    STAMP.write_text(stamp)


def is_our_version(python: Path) -> bool:
    """Whether this interpreter runs and is of the version that runs dev.py."""
    return succeeds(python, "-c", f"import sys; sys.exit(sys.version != {sys.version!r})")


def create_venv() -> None:
    """Create .venv, without pip where Debian's python3-venv is missing."""
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if find_uv() or not succeeds(*command):
        subprocess.run([*command, "--without-pip"], check=True)


def installer() -> list[str]:
    """Return the command that installs into .venv: uv, its own pip, or the system's pip from outside.

    The last is allowed where the distribution manages the system's packages (PEP 668): it touches .venv only.
    """
    uv = find_uv()
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    quiet = ["--quiet", "--disable-pip-version-check"]
    if succeeds(PYTHON, "-m", "pip", "--version"):
        return [str(PYTHON), "-m", "pip", "install", *quiet]
    if succeeds(sys.executable, "-m", "pip", "--version"):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", *quiet]
    sys.exit(refuse("no pip here: install python3-pip, python3-venv or uv"))


def succeeds(*command: str | Path) -> bool:
    """Whether the command can be run and exits 0; what it prints is dropped."""
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def find_uv() -> str | None:
    """Return uv's path, or None; one inside .venv is of no use while .venv is being made."""
    return shutil.which("uv")


def refuse(message: str) -> int:
    """Say what is wrong on standard error; the exit code for it."""
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
