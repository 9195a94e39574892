"""Which program installs, and what of this machine's settings it may see."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: Where packages come from is this machine's business: addresses, certificates, proxies, caches, patience. What is
#: installed, and where to, is ours: a variable such as PIP_TARGET or UV_EXCLUDE_NEWER would make it another thing.
_OF_THE_MACHINE: Final = (
    {
        "INDEX",
        "INDEX_URL",
        "DEFAULT_INDEX",
        "EXTRA_INDEX_URL",
        "INDEX_STRATEGY",
        "FIND_LINKS",
        "NO_INDEX",
        "OFFLINE",
    }
    | {
        "CERT",
        "CLIENT_CERT",
        "KEYRING_PROVIDER",
        "NATIVE_TLS",
        "SYSTEM_CERTS",
        "TRUSTED_HOST",
        "INSECURE_HOST",
    }
    | {"CACHE_DIR", "NO_CACHE", "NO_CACHE_DIR", "LINK_MODE", "CONFIG_FILE", "PROXY"}
    | {"TIMEOUT", "DEFAULT_TIMEOUT", "HTTP_TIMEOUT", "RETRIES", "HTTP_RETRIES", "CONCURRENT_DOWNLOADS"}
)
_INSTALLERS: Final = ("PIP_", "UV_")
#: pip writes paths into UTF-8 files, and fails where the locale's encoding has no such character.
_PIP: Final = ("-I", "-X", "utf8", "-m", "pip")


def install_command(python: Path) -> list[str]:
    """The command that installs into the environment of ``python``: uv, its own pip, or our pip from outside.

    The last is allowed where the distribution manages the system's packages (PEP 668): it touches the environment
    only. LookupError where there is none of the three.
    """
    uv = find_uv()
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--python", str(python)]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    if succeeds(python, *_PIP, "--version"):
        return [str(python), *_PIP, "install", *quiet, "--no-user"]
    if succeeds(sys.executable, *_PIP, "--python", str(python), "--version"):
        return [sys.executable, *_PIP, "--python", str(python), "install", *quiet, "--no-user"]
    raise LookupError("nothing here can install packages: install python3-venv, python3-pip or uv")


def install_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment variables for that command: those that are given, without those that change what it does."""
    kept = {
        name: text
        for name, text in given.items()
        if not name.startswith(_INSTALLERS) or name.split("_", 1)[1] in _OF_THE_MACHINE
    }
    return {**kept, "PYTHONUTF8": "1"}  # for the pip that pip starts in another environment


def find_uv(*more: Path) -> str | None:
    """uv on PATH or in one more directory, or None."""
    return shutil.which("uv", path=os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, more)]))


def succeeds(*command: str | Path) -> bool:
    """Whether the command can be run and exits 0; what it prints is dropped."""
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False
