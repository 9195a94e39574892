""".venv: made once, made again after a change, and never used when it was left half made."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from devtools.installer import find_uv, install_command, install_environment, succeeds
from devtools.locks import DEMO, DEVELOPMENT, Lock
from devtools.missing import missing
from devtools.project import link

#: Locks whose environments will do as well: development holds all that the demo needs, in the same versions.
_ALSO: Final = {DEMO: (DEMO, DEVELOPMENT)}
_SHOWN: Final = 8


class SetUpError(RuntimeError):
    """The environment cannot be made here; the text says what is missing."""


class Environment:
    """The virtual environment of the project in ``root``, in ``directory``.

    A stamp in it says for which lock it was made, by which Python and where. The stamp is taken away before
    anything is changed and comes back last. So an environment without one, whatever stopped its making, is begun
    again from nothing: an installer takes a package that was half unpacked for an installed one.
    """

    def __init__(self, root: Path, directory: Path) -> None:
        self.root = root
        self.directory = directory
        windows = os.name == "nt"
        self.python = directory / ("Scripts/python.exe" if windows else "bin/python")
        base = {"base": str(directory), "platbase": str(directory)}
        self.packages = Path(sysconfig.get_path("purelib", "venv", base))
        self.stamp = directory / "installed"
        self.bytecode = directory / "bytecode"

    def set_up(self, lock: Lock) -> None:
        """Make it hold what the lock says and the project itself; costs nothing when it already does.

        Raises SetUpError, CalledProcessError or OSError when it cannot be made; then the next call begins again.
        """
        self._keep_bytecode_here()
        if self._holds(lock):
            return
        with _alone(self.root) as held:
            if not self._holds(lock):  # another process may have made it meanwhile
                print(f"setting up {self.directory.name} from {lock.file} ...", file=sys.stderr, flush=True)
                self._make(lock, held)

    def _keep_bytecode_here(self) -> None:
        """Where bytecode is kept apart from its source, keep ours with the environment, which clears it.

        Wheels that can be built again byte for byte give a file the same time in every version. Where its size is
        the same too (one digit of a version), Python would run the old version's bytecode.
        """
        if os.environ.get("PYTHONPYCACHEPREFIX"):
            os.environ["PYTHONPYCACHEPREFIX"] = str(self.bytecode)

    def _holds(self, lock: Lock) -> bool:
        statement = self._stamped()
        made_for = [one for one in _ALSO.get(lock, (lock,)) if one.file == statement.get("lock")]
        return bool(made_for) and self.python.exists() and statement == self._stamp(made_for[0])

    def _stamp(self, lock: Lock) -> dict[str, str]:
        """What the stamp must say. The place counts: a copied environment would run the project that it came from."""
        content = (self.root / lock.file).read_bytes() + (self.root / "pyproject.toml").read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        return {"lock": lock.file, "digest": digest, "python": sys.version, "root": str(self.root)}

    def _stamped(self) -> dict[str, str]:
        try:
            statement = json.loads(self.stamp.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return statement if isinstance(statement, dict) else {}

    def _make(self, lock: Lock, held: tuple[int, ...]) -> None:
        before = self._stamped()
        self.stamp.unlink(missing_ok=True)
        shutil.rmtree(self.bytecode, ignore_errors=True)
        same = all(before.get(key) == self._stamp(lock)[key] for key in ("python", "root"))
        if not same or not succeeds(self.python, "-c", ""):
            self._create()
        self._install(lock, held)
        link(self.root, self.packages, self.python)
        written = self.stamp.with_suffix(".new")
        written.write_text(json.dumps(self._stamp(lock)), "utf-8")
        written.replace(self.stamp)

    def _create(self) -> None:
        """An empty environment, without pip where uv does the work or Debian's python3-venv is missing."""
        command = [sys.executable, "-I", "-m", "venv", "--clear", str(self.directory)]
        if find_uv() or not succeeds(*command):
            subprocess.run([*command, "--without-pip"], check=True)

    def _install(self, lock: Lock, held: tuple[int, ...]) -> None:
        """Install what the lock says, as it stands. The installer holds our lock too, in case it outlives us."""
        options = ["--no-deps", "--require-hashes", "-r", str(self.root / lock.file)]
        try:
            command = install_command(self.python)
        except LookupError as error:
            raise SetUpError(str(error)) from None
        environment = install_environment(os.environ)
        code = subprocess.run(
            [*command, *options], check=False, stdout=sys.stderr, env=environment, pass_fds=held
        ).returncode
        found = missing(self.root, lock, self.packages)
        if code or found:
            raise SetUpError(_lacks(lock, found))


def _lacks(lock: Lock, found: list[str]) -> str:
    """What to say when an installation failed or is not whole."""
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    missing_here = f"; missing: {', '.join(found[:_SHOWN])}{more}" if found else ""
    return f"{lock.file} could not be installed as it stands{missing_here}. The same command begins again."


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[tuple[int, ...]]:
    """Wait until no other process sets up this project; gives the descriptor that holds the lock.

    Windows locks no directories: there two first commands at once are not held apart.
    """
    if os.name == "nt":
        yield ()
        return
    import fcntl

    descriptor = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another set-up of this project to end ...", file=sys.stderr, flush=True)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield (descriptor,)
    finally:
        os.close(descriptor)


def find(root: Path) -> Environment:
    """The project's environment: .venv, or the directory that DEV_VENV names."""
    return Environment(root, Path(os.environ.get("DEV_VENV") or root / ".venv").absolute())
