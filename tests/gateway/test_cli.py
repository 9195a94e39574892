"""The command line: what it hands over, and how it refuses."""

import sys
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from gateway import cli
from gateway.telemetry import log
from tests.support.processes import ran

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
CONFIG = f"auth: {{secret: {SECRET}}}\ndirectory: {{sources: [{{dsn: 'postgresql://h/d'}}]}}\nlisten: 127.0.0.1:0\n"


@pytest.fixture
def called(monkeypatch):
    """Stands behind every command: remembers what it was called with, answers 1."""
    calls = []

    def run(*arguments, **named):
        calls.append((arguments, named))
        return 1

    monkeypatch.setattr(cli, "_module", lambda name: SimpleNamespace(run=run, name=calls.append(name)))
    monkeypatch.setattr(log, "configure", lambda *settings: calls.append(settings))
    return calls


def invoke(*arguments: str):
    return CliRunner().invoke(cli.app, arguments)


def test_serves_what_the_file_says(called, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    assert invoke("serve", "--config", str(file)).exit_code == 1
    settings, module, ((config,), named) = called
    assert (settings, module, named) == (("json", "info"), "gateway.runtime.serve", {})
    assert config.listen == "127.0.0.1:0"


def test_checks_a_configuration_and_starts_nothing(called, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    result = invoke("serve", "--config", str(file), "--check")
    assert (result.exit_code, result.stdout) == (0, f"{file}: the configuration is valid\n")
    file.write_text("nonsense: 1")
    assert invoke("serve", "--config", str(file), "--check").exit_code == 2
    assert called == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("auth: {secret: short}", "chat-gateway: auth.secret: must be at least 32 bytes long, not 5\n"),
        ("nonsense: 1", "chat-gateway: nonsense: there is no such key\n"),
    ],
)
def test_refuses_a_configuration_in_one_line(called, tmp_path, text, says):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    result = invoke("serve", "--config", str(file))
    assert (result.exit_code, result.stderr, result.stdout) == (2, says, "")
    assert called == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], {"as_json": False, "port": None}),
        (["--json", "--port", "8080"], {"as_json": True, "port": 8080}),
    ],
)
def test_demo(called, arguments, named):
    assert invoke("demo", *arguments).exit_code == 1
    assert called == ["demo.run", ((), named)]


def test_check(called, monkeypatch):
    monkeypatch.setenv("CHAT_TOKEN", "t")
    assert (
        invoke("check", "--url", "http://h", "--shape", "2.1", "--profile", "tutor:5", "--write").exit_code
        == 1
    )
    named = {"token": "t", "profile": "tutor:5", "write": True, "as_json": False}
    assert called == ["gateway.check.run", (("http://h", "2.1"), named)]


@pytest.mark.parametrize("arguments", [["up", "--dsn", "d", "--json", "--no-backup"], ["--help"], []])
def test_migrate_passes_everything_on(monkeypatch, arguments):
    passed = []

    def migration(arguments, prog_name):
        passed.append((arguments, prog_name))
        raise typer.Exit(1)

    monkeypatch.setattr(cli, "_module", lambda name: SimpleNamespace(app=migration))
    assert invoke("migrate", *arguments).exit_code == 1
    assert passed == [(arguments, "chat-gateway migrate")]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["serve"],
        ["serve", "--config", "/no/such/file"],
        ["demo", "--port", "x"],
        ["demo", "--port", "70000"],
        ["check"],
        ["check", "--url", "http://h", "--shape", "3.0"],
    ],
)
def test_called_wrongly_is_2_and_leaves_standard_output_alone(called, arguments):
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


@pytest.mark.parametrize("name", ["gateway.no_such_module", "no_such_package.cli"])
def test_says_when_a_command_is_not_installed(name, capsys):
    with pytest.raises(typer.Exit) as ended:
        cli._module(name)
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == f"chat-gateway: {name} is not part of this installation\n"


def test_runs_as_a_module():
    answer = ran([sys.executable, "-m", "gateway.cli", "--help"])
    assert answer.returncode == 0
    assert all(command in answer.stdout for command in ("serve", "demo", "check", "migrate"))
    assert "\x1b" not in answer.stdout


def test_loads_no_command_before_it_is_called():
    late = ("demo", "migration", "backend", "aiohttp", "jwt")
    code = f"import sys, gateway.cli; print([m for m in sys.modules if m.startswith({late})])"
    answer = ran([sys.executable, "-c", code])
    assert answer.stdout.strip() == "[]", answer.stderr
