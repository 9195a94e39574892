"""The files for deployments: the service manager accepts them, and their command lines are ours."""

import configparser
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.support.processes import ran

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "deploy" / "systemd" / "chat-gateway.service"
PROGRAM = "/opt/chat-gateway/bin/chat-gateway"
CONFIG = (
    "auth: {secret: 0f1e2d3c4b5a69788796a5b4c3d2e1f0}\ndirectory: {sources: [{dsn: 'postgresql://h/d'}]}\n"
)


def settings(section: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text("utf-8"))
    return parser[section]


def test_systemd_accepts_the_unit(tmp_path):
    """But for the program, which is not installed here: a stand-in is named instead."""
    analyze = shutil.which("systemd-analyze") or pytest.skip("no systemd here")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    answer = ran([analyze, "verify", "--man=no", str(unit)])
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("name", ["ExecStartPre", "ExecStart"])
def test_its_commands_are_ours(name, tmp_path, monkeypatch):
    program, *arguments = shlex.split(settings("Service")[name])
    assert program == PROGRAM
    file = tmp_path / "gateway.yaml"
    file.write_text(CONFIG, "utf-8")
    given = [str(file) if argument.endswith(".yaml") else argument for argument in arguments]
    result = CliRunner().invoke(app, given if "--check" in given else [*given, "--check"])
    assert result.exit_code == 0, result.output


def test_a_stop_waits_as_long_as_the_gateway_drains():
    from gateway.runtime.process import GRACE_S

    assert int(settings("Service")["TimeoutStopSec"]) > GRACE_S
    assert settings("Service")["Type"] == "notify"
