"""The way of a request, explained on a real database: nothing is sent, and refusals are said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from demo.people import token
from gateway.cli import app
from tests.support.whole import STORY

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
CONFIG = """
auth: {{secret: {secret}}}
directory: {{sources: [{{dsn: '{dsn}'}}]}}
upstreams: {{old: {{url: http://127.0.0.1:1, api: legacy}}, new: {{url: http://127.0.0.1:1}}}}
rollout: {{from: old, to: new, percent: 100}}
"""


@pytest.fixture
def explain(make_database: Callable[..., str], tmp_path: Path) -> Callable[..., Any]:
    config, own = tmp_path / "config.yaml", tmp_path / "token"
    config.write_text(CONFIG.format(dsn=make_database(STORY), secret=SECRET), "utf-8")
    own.write_text(token(1, SECRET, {"student": 5}), "utf-8")

    def run(line: str, *words: str, code: int = 0) -> Any:
        words = tuple(str(own) if word == "TOKEN" else word for word in words)
        done = CliRunner().invoke(app, ["explain", line, "--config", str(config), "--json", *words])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if done.stdout else done.stderr

    return run


def test_a_legacy_request_and_what_it_becomes(explain: Callable[..., Any]) -> None:
    line = "POST /api/chat/block?profile_id=5&profile_type=student&user_id=1"
    body = '{"blocked_profile_id": 5, "blocked_profile_type": "tutor", "reason": "secret"}'
    found = explain(line, "--as", "student:5", "--body", body)
    assert (found["shape"], found["why"]) == ("legacy", "profile_id is in the query")
    assert found["caller"] == {"user_id": 1, "roles": ["tutor_7", "student_5"]}
    assert found["claim"] == {"profile_id": "5", "profile_type": "student", "user_id": "1"}
    assert (found["upstream"]["name"], found["upstream"]["why"]) == ("new", "all")
    (step,) = found["requests"]
    assert step["before"]["body"]["blocked_profile_id"] == 5
    assert step["after"]["body"] == {"blocked_user_id": 2, "reason": "text of 6"}
    assert step["rules"]
    assert {"profiles": ["tutor_5"], "users": [], "source": "database"} in found["lookups"] or found[
        "lookups"
    ]
    assert found["seconds"].keys() >= {"total", "directory"}
    assert "secret" not in json.dumps(found)


def test_a_modern_one_by_its_token(explain: Callable[..., Any]) -> None:
    found = explain("GET /api/chat/conversations?user_id=1", "--token-file", "TOKEN")
    assert (found["shape"], found["why"]) == ("2.1", "nobody is named by role")
    assert found["requests"][0]["after"]["target"] == "/api/chat/conversations?user_id=1"
    assert found["responses"] == []


@pytest.mark.parametrize(
    ("line", "status", "text"),
    [
        ("GET /api/chat/conversations?profile_id=5&profile_type=tutor", 403, "not yours"),
        ("GET /api/chat/nothing", 404, ""),
        ("GET /api/chat/conversations?user_id=2", 403, ""),
    ],
)
def test_a_refusal_is_said(explain: Callable[..., Any], line: str, status: int, text: str) -> None:
    found = explain(line, "--token-file", "TOKEN", code=1)
    assert (found["refused"]["status"], text in found["refused"]["detail"]) == (status, True)


@pytest.mark.parametrize(
    ("line", "words", "sentence"),
    [
        ("POST /api/chat/block", ["--token-file", "TOKEN", "--send"], "--yes"),
        ("GET /api/chat/contacts", ["--as", "student:5", "--send"], "--token-file"),
        ("GET /api/chat/contacts", [], "who asks"),
        ("nonsense", ["--as", "student:5"], "GET /api/chat"),
        ("GET /api/chat/contacts", ["--as", "nobody"], "--as"),
    ],
)
def test_it_is_called_wrongly(
    explain: Callable[..., Any], line: str, words: list[str], sentence: str
) -> None:
    assert sentence in explain(line, *words, code=2)


def test_what_is_sent_and_does_not_arrive_is_a_refusal(explain: Callable[..., Any]) -> None:
    found = explain("GET /api/chat/contacts?user_id=1", "--token-file", "TOKEN", "--send", code=1)
    assert found["refused"]["code"] == "upstream_failed"
    assert explain("GET /api/chat/contacts?user_id=1", "--token-file", "TOKEN", "--send", "--dry")["requests"]
