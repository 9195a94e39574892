"""Which program installs, and which variables it sees."""

import sys
from pathlib import Path

import pytest

from devtools import installer


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("PIP_INDEX_URL", True),
        ("PIP_CERT", True),
        ("PIP_NO_CACHE_DIR", True),
        ("UV_DEFAULT_INDEX", True),
        ("UV_OFFLINE", True),
        ("HTTPS_PROXY", True),
        ("PATH", True),
        ("PIP_TARGET", False),
        ("PIP_USER", False),
        ("PIP_CONSTRAINT", False),
        ("PIP_NO_BINARY", False),
        ("PIP_REQUIRE_VIRTUALENV", False),
        ("UV_EXCLUDE_NEWER", False),
        ("UV_SYSTEM_PYTHON", False),
    ],
)
def test_settings_of_where_from_pass_and_of_what_and_where_to_do_not(name, seen):
    assert (name in installer.install_environment({name: "x"})) is seen


def test_paths_are_written_as_utf_8_whatever_the_locale_is():
    assert installer.install_environment({"PYTHONUTF8": "0"})["PYTHONUTF8"] == "1"


def test_uv_is_taken_where_it_is(tmp_path, monkeypatch):
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installer.install_command(Path(sys.executable))[0] == str(uv)


@pytest.mark.parametrize(
    ("inside", "outside", "command"),
    [(True, True, "inside"), (False, True, "outside"), (False, False, None)],
)
def test_else_the_environments_own_pip_else_ours_from_outside(
    tmp_path, monkeypatch, inside, outside, command
):
    """Two programs that have a pip or have none stand for the two interpreters."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    pythons = {}
    for name, has_pip in (("inside", inside), ("outside", outside)):
        pythons[name] = tmp_path / name
        pythons[name].write_text(f"#!/bin/sh\nexit {0 if has_pip else 1}\n")
        pythons[name].chmod(0o755)
    monkeypatch.setattr(installer.sys, "executable", str(pythons["outside"]))
    if command is None:
        with pytest.raises(LookupError, match="python3-venv"):
            installer.install_command(pythons["inside"])
    else:
        assert installer.install_command(pythons["inside"])[0] == str(pythons[command])


@pytest.mark.parametrize(
    ("command", "succeeds"), [(["true"], True), (["false"], False), (["/no/such/program"], False)]
)
def test_succeeds(command, succeeds):
    assert installer.succeeds(*command) is succeeds
