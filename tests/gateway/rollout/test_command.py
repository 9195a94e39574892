"""What the commands share: every refusal is one sentence and exit code 2."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import typer

from gateway.rollout import store
from gateway.rollout.command import REFUSED, in_store, loaded, state

CONFIG = """
auth: {{secret: 0f1e2d3c4b5a69788796a5b4c3d2e1f0}}
directory: {{sources: [{{dsn: 'postgresql://127.0.0.1:1/none'}}]}}
rollout: {{store: {store}}}
"""


def refusal(capsys: pytest.CaptureFixture[str], work: Callable[[], object]) -> str:
    with pytest.raises(typer.Exit) as ended:
        work()
    assert ended.value.exit_code == REFUSED
    return capsys.readouterr().err


def written(folder: Path, dsn: str | None) -> Path:
    file = folder / "config.yaml"
    file.write_text(CONFIG.format(store=f"'{dsn}'" if dsn else "null"), "utf-8")
    return file


def test_without_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = loaded(written(tmp_path, None))
    assert "rollout.store is not configured" in refusal(capsys, lambda: in_store(settings, state))


def test_a_store_that_is_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = loaded(written(tmp_path, "postgresql://127.0.0.1:1/none"))
    assert "cannot be reached" in refusal(capsys, lambda: in_store(settings, state))


def test_a_store_that_is_empty_and_one_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make_database: Callable[..., str]
) -> None:
    settings = loaded(written(tmp_path, make_database()))
    assert "init comes first" in refusal(capsys, lambda: in_store(settings, state))

    async def tables(connection: asyncpg.Connection) -> int:
        return int(await connection.fetchval("SELECT count(*) FROM chat_rollout.ledger"))

    assert "init comes first" in refusal(capsys, lambda: in_store(settings, tables))
    in_store(settings, store.init)
    assert in_store(settings, state).rules.step == "observe"


def test_a_configuration_that_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "none.yaml" in refusal(capsys, lambda: loaded(tmp_path / "none.yaml"))
