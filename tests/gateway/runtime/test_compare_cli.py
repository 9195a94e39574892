"""What `chat-gateway compare` refuses; what it finds is in `tests/system/test_comparison.py`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.runtime.compare_cli import app

CONFIG = """
auth: {secret: 0f1e2d3c4b5a69788796a5b4c3d2e1f0}
directory: {sources: [{dsn: 'postgresql://127.0.0.1:1/none'}]}
"""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["report", "--config", "CONFIG"], "rollout.store is not configured"),
        (["reset", "--config", "CONFIG"], "rollout.store is not configured"),
        (["record", "FILE", "--config", "CONFIG", "--token-file", "CONFIG"], "one upstream only"),
        (["replay", "FILE"], "FILE"),
        (["replay", "CONFIG"], "line 1 is no pair"),
    ],
)
def test_it_is_called_wrongly(tmp_path: Path, words: list[str], sentence: str) -> None:
    (tmp_path / "CONFIG").write_text(CONFIG.strip(), "utf-8")
    named = [str(tmp_path / word) if word.isupper() else word for word in words]
    done = CliRunner().invoke(app, named)
    assert (done.exit_code, sentence in done.stderr) == (2, True), done.stderr
