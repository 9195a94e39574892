"""What nobody expected: one sentence, and a line in a log file under the same id."""

import json
import re

import pytest

from migration import run
from migration.engine import unexpected
from tests.migration.test_cli import migrate


class OddError(Exception):
    pass


@pytest.fixture
def log(monkeypatch, tmp_path):
    file = tmp_path / "folder" / "migrate.log"
    monkeypatch.setenv("CHAT_GATEWAY_LOG", str(file))
    return file


def raised(*said):
    try:
        raise OddError(*said)
    except OddError as failure:
        return failure


def test_the_sentence_and_the_line_share_an_id(log):
    said = unexpected.note(raised("it broke\nDETAIL: Failing row contains (secret)"), "up")
    (line,) = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    assert said == f"up failed unexpectedly: OddError: it broke; details under {line['id']} in {log}"
    assert (line["command"], line["error"], line["text"]) == ("up", "OddError", "it broke")
    assert re.fullmatch(r"test_unexpected\.py:\d+ raised", line["where"][-1])
    assert "secret" not in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0


def test_lines_are_added(log):
    for number in range(3):
        unexpected.note(raised(number), "down")
    assert [json.loads(x)["text"] for x in log.read_text(encoding="utf-8").splitlines()] == ["0", "1", "2"]


def test_where_no_file_can_be_written_the_sentence_says_so(monkeypatch):
    monkeypatch.setattr(unexpected, "_files", list)
    assert unexpected.note(raised(), "verify").endswith("OddError: no text; no log file could be written")


@pytest.mark.parametrize("command", ["status", "plan", "verify", "down", "report", "up"])
def test_no_command_ends_with_a_traceback(log, monkeypatch, command):
    async def broken(*arguments, **options):
        raise OddError("it broke")

    broken.__name__ = command
    monkeypatch.setattr(run, command, broken)
    more = ["--no-backup"] if command == "up" else []
    code, out, errors = migrate(command, "--dsn", "postgresql://a:secret@b/c", *more)
    assert (code, out) == (1, "")
    last = errors.strip().splitlines()[-1]
    assert re.fullmatch(
        rf"{command} failed unexpectedly: OddError: it broke; details under [0-9a-f]{{8}} in .*", last
    )
    assert "secret" not in errors + log.read_text(encoding="utf-8")
    assert "Traceback" not in errors
