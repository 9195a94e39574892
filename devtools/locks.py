"""The three locks: what each is for, how one is read, how all are written.

A lock names every package of an environment with its version and hashes, for every platform and without addresses.
So it is installed as it stands, without resolving: what is published later cannot change what is installed.
"""

import re
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from devtools.markers import holds


class Lock(NamedTuple):
    """A lock's file and what of pyproject.toml it answers: extras and dependency groups."""

    file: str
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


SERVER: Final = Lock("requirements.lock")
DEMO: Final = Lock("requirements-demo.lock", extras=("embedded",))
DEVELOPMENT: Final = Lock("requirements-dev.lock", extras=("embedded",), groups=("dev",))
#: The largest first: the others take their versions from it.
LOCKS: Final = (DEVELOPMENT, DEMO, SERVER)

_PIN: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)\s*(?:;(?P<marker>[^\\]*))?\\?")


def pins(text: str) -> dict[str, str]:
    """The packages of a lock that belong on this machine: normalised name to version."""
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    found = [_pin(line) for line in lines]
    return {normalised(pin["name"]): pin["version"] for pin in found if holds(pin["marker"] or "")}


def _pin(line: str) -> re.Match[str]:
    found = _PIN.fullmatch(line)
    if found is None:
        raise ValueError(f"not a line of a lock: {line}")
    return found


def normalised(name: str) -> str:
    """A package's name as an index spells it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def write(root: Path, uv: str, options: list[str]) -> None:
    """Resolve what pyproject.toml asks for and write all locks; ``options`` go to `uv pip compile`.

    A version that a lock has and that still fits stays, unless an option asks for newer ones (``--upgrade``).
    Raises CalledProcessError when uv finds no answer.
    """
    largest = LOCKS[0].file
    for lock in LOCKS:
        same_versions = [] if lock.file == largest else ["--constraint", largest]
        chosen = [f"--extra={name}" for name in lock.extras] + [f"--group={name}" for name in lock.groups]
        form = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]
        command = [uv, "pip", "compile", "pyproject.toml", *form, *chosen, *same_versions]
        subprocess.run(
            [*command, "--output-file", lock.file, *options], cwd=root, check=True, stdout=subprocess.DEVNULL
        )
