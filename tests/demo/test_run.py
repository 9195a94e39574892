"""The demo as a process: one line when it is ready, a clean end, and no process left."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "gateway.cli", "demo", "--json"]
#: Starts the demo as its child, passes the child's line on, and then waits to be killed.
PARENT = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)\n"
    "print(child.stdout.readline() or sys.exit(1), end='', flush=True)\n"
    "time.sleep(600)\n"
)


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    environment = {**os.environ, "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCD"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def _ask(described: dict[str, Any], path: str) -> Any:
    headers = {"Authorization": f"Bearer {described['people'][0]['token']}"}
    with urllib.request.urlopen(
        urllib.request.Request(described["gateway"] + path, headers=headers)
    ) as answer:
        return json.load(answer)


def _is_gone(url: str) -> bool:
    try:
        urllib.request.urlopen(url + "/health", timeout=30).close()
    except OSError:
        return True
    return False


def test_the_line_names_everything_and_the_story_is_there() -> None:
    with _started(COMMAND) as (process, described):
        assert described.keys() == {"gateway", "backend", "admin", "page", "database", "people"}
        assert described["people"][0].keys() == {"user_id", "name", "token", "profiles"}
        assert [(p["user_id"], p["profiles"]) for p in described["people"][:2]] == [
            (1, {"student": 5, "tutor": 7}),
            (2, {"tutor": 5, "parent": 9}),
        ]
        legacy = _ask(
            described, "/api/chat/conversations?profile_id=5&profile_type=student&user_id=1&filter_type=all"
        )
        assert {11, 12, 13, 15} <= {c["id"] for c in legacy["conversations"]}
        assert isinstance(_ask(described, "/api/chat/conversations?user_id=1"), list)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with _started(COMMAND) as (process, described):
        process.send_signal(number)
        assert process.wait(20) == 0
        assert _is_gone(described["gateway"])


def test_it_dies_with_its_parent() -> None:
    with _started([sys.executable, "-c", PARENT, *COMMAND]) as (parent, described):
        parent.kill()
        parent.wait(5)
        for url in (described["gateway"], described["backend"], described["admin"]):
            while not _is_gone(url):
                pass


def test_a_port_that_is_taken_is_refused_in_one_line() -> None:
    with _started(COMMAND) as (_, described):
        port = described["gateway"].rpartition(":")[2]
        second = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, check=False, timeout=60
        )
    assert second.returncode == 2
    assert "address already in use" in second.stderr.lower()
    assert len(second.stderr.strip().splitlines()) == 1
