"""For comparison, where it is installed: nginx as a plain proxy. It translates nothing, and is the limit."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.bench.servers import Server

_CONFIGURATION: Final = """
daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream backend {{ server {backend}; keepalive 64; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


def _program() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def nginx(upstream: str) -> Iterator[Server | None]:
    """One nginx process in front of this address; None where there is no nginx."""
    program = _program()
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        configuration = Path(folder, "nginx.conf")
        backend = urlsplit(upstream).netloc
        configuration.write_text(_CONFIGURATION.format(folder=folder, backend=backend, port=port), "utf-8")
        process = subprocess.Popen([program, "-p", folder, "-c", configuration], text=True)
        try:
            _wait_for(port)
            yield Server(process, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("nginx does not answer")
