"""The demo as a process: one line when it is ready, a clean end, and no process left."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.processes import LONGEST_S, started

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
    with started(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())


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
        assert described.keys() == {
            "gateway",
            "backend",
            "old_backend",
            "admin",
            "page",
            "database",
            "people",
            "nodes",
        }
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
        assert process.wait(60) == 0
        assert _is_gone(described["gateway"])


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGHUP], ids=lambda told: told.name)
@pytest.mark.usefixtures("hang_up_as_usual")
def test_without_json_it_says_what_it_does_until_ctrl_c_or_the_terminal_closes(told: signal.Signals) -> None:
    words = [word for word in COMMAND if word != "--json"]
    with started(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        gateway = next(line.split()[1] for line in lines if line.startswith("gateway "))
        process.send_signal(told)
        _, progress = process.communicate(timeout=60)
    assert process.returncode == 0
    assert _is_gone(gateway)
    assert "✓ backfill: " in progress  # the migration, phase by phase
    assert "\x1b" not in progress


def test_it_dies_with_its_parent() -> None:
    with _started([sys.executable, "-c", PARENT, *COMMAND]) as (parent, described):
        parent.kill()
        parent.wait(60)
        deadline = time.monotonic() + LONGEST_S
        for url in (described["gateway"], described["backend"], described["admin"]):
            while not _is_gone(url):
                assert time.monotonic() < deadline, f"{url} outlived the parent"


def test_a_port_that_is_taken_is_refused_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = subprocess.run(
            [*COMMAND, "--port", str(port)], capture_output=True, text=True, check=False, timeout=60
        )
    assert refused.returncode == 2
    assert refused.stderr.strip().lower() == f"chat-gateway demo: port {port}: address already in use"
