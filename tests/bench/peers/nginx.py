"""nginx, plain (the limit: it translates nothing) and with lua-nginx-module, which translates as the gateway does."""

import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.peers.setting import Missing, Setting
from tests.bench.processes import Process, free_port, started

_LUA: Final = Path(__file__).parent / "lua"
_PLAIN: Final = """
daemon off; master_process off; pid @FOLDER@/pid; error_log @FOLDER@/error.log warn;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000; client_max_body_size 50m; client_body_buffer_size 64k;
  proxy_buffer_size 16k; proxy_buffers 8 32k; proxy_busy_buffers_size 64k;
  client_body_temp_path @FOLDER@/body; proxy_temp_path @FOLDER@/proxy; fastcgi_temp_path @FOLDER@/fastcgi;
  uwsgi_temp_path @FOLDER@/uwsgi; scgi_temp_path @FOLDER@/scgi;
  upstream backend { server @BACKEND@; keepalive 128; keepalive_requests 1000000; }
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:@PORT@ backlog=1024;
    location / {
      proxy_pass http://backend; proxy_http_version 1.1; proxy_request_buffering off;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
    }
  }
}
"""
_MODULES: Final = ("ndk_http_module.so", "ngx_http_lua_module.so")


def _program() -> str:
    for name in ("nginx", "openresty"):
        if found := shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin"):
            return found
    raise Missing("nginx is not installed")


def _modules(program: str) -> str:
    """The lines that load Lua; none where it is compiled in."""
    said = subprocess.run([program, "-V"], capture_output=True, text=True, check=True, timeout=60).stderr
    if "openresty" in said or "--add-module=../ngx_lua" in said:
        return ""
    found = re.search(r"--modules-path=(\S+)", said)
    folder = Path(found[1]) if found else Path("/usr/lib/nginx/modules")
    if not all((folder / name).exists() for name in _MODULES):
        raise Missing("lua-nginx-module is not installed")
    return "\n".join(f"load_module {folder / name};" for name in _MODULES)


@contextlib.contextmanager
def _run(setting: Setting, configuration: str, folder: Path, modules: str = "") -> Iterator[Process]:
    program, port = _program(), free_port()
    folder.mkdir()
    values = {
        "MODULES": modules,
        "FOLDER": folder,
        "BACKEND": f"127.0.0.1:{setting.upstream}",
        "PORT": port,
        "LUA": _LUA,
        "TABLE": setting.table,
    }
    for name, value in values.items():
        configuration = configuration.replace(f"@{name}@", str(value))
    file = folder / "nginx.conf"
    file.write_text(configuration, "utf-8")
    with started(
        [program, "-p", folder, "-c", file, "-e", folder / "error.log"], setting.core, port
    ) as process:
        yield process


@contextlib.contextmanager
def plain(setting: Setting) -> Iterator[Process]:
    """One nginx process; raises `Missing`."""
    with _run(setting, _PLAIN, setting.folder / "plain") as process:
        yield process


@contextlib.contextmanager
def lua(setting: Setting) -> Iterator[Process]:
    """One nginx process with Lua; raises `Missing`."""
    modules = _modules(_program())
    configuration = (_LUA / "nginx.conf").read_text("utf-8")
    with _run(setting, configuration, setting.folder / "lua", modules) as process:
        yield process
