"""The commands on a real PostgreSQL."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.rollout.cli import app

CONFIG = """
auth: {{secret: 0f1e2d3c4b5a69788796a5b4c3d2e1f0}}
directory: {{sources: [{{dsn: '{dsn}'}}]}}
upstreams:
  old: {{url: http://127.0.0.1:1, api: legacy}}
  new: {{url: http://127.0.0.1:{port}, api: "2.1"}}
rollout: {{from: old, to: new, store: {store}}}
"""


@pytest.fixture
def port() -> Iterator[int]:
    """Somebody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def call(make_database: Callable[..., str], tmp_path: Path, port: int) -> Callable[..., Any]:
    dsn = make_database(
        "CREATE SCHEMA chat_migration; CREATE TABLE chat_migration.run AS SELECT 'backfill' AS phase"
    )
    file = tmp_path / "config.yaml"

    def call(*words: str, code: int = 0, stored: bool = True, port: int = port) -> Any:
        file.write_text(CONFIG.format(dsn=dsn, port=port, store=f"'{dsn}'" if stored else "null"), "utf-8")
        done = CliRunner().invoke(app, [*words, "--config", str(file), "--json"])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if code == 0 else done.stderr

    return call


def test_from_the_first_step_to_a_stop(call: Callable[..., Any]) -> None:
    assert "init comes first" in call("status", code=2)
    assert call("init")["step"] == "observe"
    assert call("advance", "--reason", "begin")["step"] == "translate"
    changed = call("set", "messages.list", "5", "--reason", "the first few")
    assert (changed["operations"], changed["reason"]) == ({"messages.list": 5.0}, "the first few")
    assert call("stop", "--reason", "trouble")["stopped"]
    assert call("back", "--reason", "start again")["step"] == "observe"
    assert set(call("status")) >= {"step", "percent", "operations", "changed_at", "changed_by", "reason"}


def test_a_step_that_comes_too_early_says_what_comes_first(call: Callable[..., Any]) -> None:
    call("init")
    for _ in ("translate", "compare"):
        call("advance", "--reason", "on")
    assert "migrate up --to constrain" in call("advance", "--reason", "on", code=2)
    assert call("status")["step"] == "compare"


@pytest.mark.parametrize(
    ("operation", "percent"), [("typing.set", "50"), ("messages.lits", "5"), ("all", "101")]
)
def test_what_is_no_share_is_refused(call: Callable[..., Any], operation: str, percent: str) -> None:
    call("init")
    call("set", operation, percent, "--reason", "x", code=2)
    assert call("status")["operations"] == {}


def test_nobody_is_sent_to_an_upstream_that_is_away(call: Callable[..., Any]) -> None:
    call("init")
    assert "takes no connection" in call("set", "all", "5", "--reason", "x", code=2, port=1)
    call("set", "all", "0", "--reason", "back is always possible", port=1)


def test_without_a_store_there_is_nothing_to_change(call: Callable[..., Any]) -> None:
    assert "rollout.store" in call("status", code=2, stored=False)
