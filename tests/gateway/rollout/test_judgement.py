"""`chat-gateway verdict` and `status` on a real store."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from demo.databases import run_in_thread
from gateway.cli import app
from gateway.rollout import store
from gateway.rollout.rules import Rules

CONFIG = """
auth: {{secret: 0f1e2d3c4b5a69788796a5b4c3d2e1f0}}
directory: {{sources: [{{dsn: '{dsn}'}}]}}
upstreams: {{old: {{api: legacy}}, new: {{}}}}
rollout: {{from: old, to: new, store: '{dsn}'}}
"""


@pytest.fixture
def call(make_database: Callable[..., str], tmp_path: Path) -> Callable[..., Any]:
    dsn = make_database(
        "CREATE SCHEMA chat_migration; CREATE TABLE chat_migration.run AS SELECT 'merge' AS phase"
    )
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG.format(dsn=dsn), "utf-8")

    async def init() -> None:
        connection = await asyncpg.connect(dsn)
        state = await store.init(connection)
        await store.change(connection, Rules(step="compare"), "x", "y", expected=state.rules.version)
        await store.seen(connection, uuid.uuid4(), "node", 2)
        await connection.close()

    run_in_thread(init)

    def call(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, [*words, "--config", str(file), "--json"])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if done.stdout else done.stderr

    return call


def test_a_verdict_without_data_is_unknown_and_exit_1(call: Callable[..., Any]) -> None:
    found = call("verdict", code=1)
    assert (found["step"], found["verdict"], found["safe"]) == ("canary", "unknown", False)
    assert found["reasons"][0].keys() == {"code", "text", "operation"}
    assert call("verdict", "--step", "sunset", code=1)["coverage"]["days"] == {"covered": 0.0, "needed": 35}
    assert call("verdict", "--step", "observe")["safe"]


def test_a_step_that_is_none_is_called_wrongly(call: Callable[..., Any]) -> None:
    assert "no step nowhere" in call("verdict", "--step", "nowhere", code=2)


def test_both_halves_and_what_the_next_step_waits_for(call: Callable[..., Any]) -> None:
    found = call("status")
    assert (found["traffic"]["step"], found["database"]["phase"]) == ("compare", "merge")
    assert found["traffic"]["processes"] == {"running": 1, "applied": 1}
    waits = {wait["code"]: wait["command"] for wait in found["next"]["waits_for"]}
    assert found["next"]["step"] == "canary"
    assert waits == {
        "database_phase": "chat-gateway migrate up --to constrain",
        "no_data": "chat-gateway verdict --step canary",
    }
