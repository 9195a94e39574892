"""This project in its own .venv: importable from its folders, known by its version, its commands on PATH.

What an editable installation is (PEP 660), without a build backend: that would have to be installed first, from an
index that may offer another one tomorrow.
"""

import os
import tomllib
from pathlib import Path
from typing import Any, Final

# Read by sh and by Python, each its own part: the path behind `#!` may hold no blank and only 127 bytes.
_SCRIPT: Final = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys
from {module} import {function}
if __name__ == "__main__":
    sys.exit({function}())
"""
_WINDOWS_SCRIPT: Final = (
    '@"{python}" -c "import sys; from {module} import {function}; sys.exit({function}())" %*\n'
)


def link(root: Path, packages: Path, python: Path) -> None:
    """Write into ``packages`` (site-packages) and beside ``python`` what makes ``root`` an installed project."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    name = project["name"].replace("-", "_")
    for old in packages.glob(f"{name}-*.dist-info"):
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    information = packages / f"{name}-{project['version']}.dist-info"
    information.mkdir()
    (packages / f"{name}.pth").write_text(_path_line(root), "utf-8")
    (information / "METADATA").write_text(_metadata(project), "utf-8")
    (information / "INSTALLER").write_text("dev.py\n", "utf-8")
    scripts = [_script(python, command, place) for command, place in project.get("scripts", {}).items()]
    written = [packages / f"{name}.pth", information / "RECORD", *sorted(information.iterdir()), *scripts]
    record = [f"{os.path.relpath(file, packages)},,\n" for file in dict.fromkeys(written)]
    (information / "RECORD").write_text("".join(record), "utf-8")


def _path_line(root: Path) -> str:
    """What puts the folder on the path. Python before 3.13 reads it in the locale's encoding: so nothing but ASCII."""
    if str(root).isascii():
        return f"{root}\n"
    return f"import os, sys; sys.path.append(os.fsdecode({os.fsencode(root)!r}))\n"


def _metadata(project: dict[str, Any]) -> str:
    needs = "".join(f"Requires-Dist: {text}\n" for text in project.get("dependencies", []))
    return f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n{needs}"


def _script(python: Path, command: str, place: str) -> Path:
    """Write one command; ``place`` is ``module:function``. It names its interpreter, as pip does."""
    module, _, function = place.partition(":")
    windows = os.name == "nt"
    script = python.with_name(f"{command}.cmd" if windows else command)
    text = (_WINDOWS_SCRIPT if windows else _SCRIPT).format(python=python, module=module, function=function)
    script.write_bytes(os.fsencode(text))
    script.chmod(0o755)
    return script
