"""A real PgBouncer in front of a test's database."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import pytest

START_S = 30.0
#: What a pooler is told that ignores what it does not know, and that is short of connections.
SHORT = "default_pool_size = 3\nignore_startup_parameters = statement_timeout,default_transaction_read_only"
MODES = {
    "stock": "",
    "session": "pool_mode = session\nignore_startup_parameters = statement_timeout,default_transaction_read_only",
    "transaction": f"pool_mode = transaction\n{SHORT}",
    "stock transaction": "pool_mode = transaction\ndefault_pool_size = 3",
}


@contextlib.contextmanager
def pgbouncer(dsn: str, settings: str) -> Iterator[str]:
    """The DSN by which the database is reached through a PgBouncer with these settings."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    parts = urlsplit(dsn)
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as text:
        folder = Path(text)
        folder.chmod(0o755)
        port = _free_port()
        config = _write(folder, dsn, port, settings)
        process = subprocess.Popen([program, config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(process, port)
            host = f"{parts.username}:{parts.password}@127.0.0.1:{port}"
            yield urlunsplit(parts._replace(netloc=host, query=""))
        finally:
            process.terminate()
            process.wait(START_S)


def _write(folder: Path, dsn: str, port: int, settings: str) -> Path:
    parts = urlsplit(dsn)
    users, config = folder / "users.txt", folder / "pgbouncer.ini"
    users.write_text(
        f'"{unquote(parts.username or "")}" "{unquote(parts.password or "")}"\n', encoding="utf-8"
    )
    own = "user = nobody\n" if os.geteuid() == 0 else ""
    config.write_text(
        f"[databases]\n* = host={parts.hostname} port={parts.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = plain\nauth_file = {users}\n{own}{settings}\n",
        encoding="utf-8",
    )
    return config


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("pgbouncer does not start")
