"""The documentation does what it says: its commands run against one demo, its answers are compared, its links lead
somewhere, and every test that it names is there.

* a ``sh`` block is executed, one shell a page, in a directory of its own;
* a ``json`` or ``text`` block right behind it is what came out; ``…`` stands for anything that was left out;
* a ``yaml`` block is a configuration and must be accepted;
* a ``console`` block is for people: only its commands and options are checked.
"""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread, Timer
from typing import Any, NamedTuple

import pytest
from typer.main import get_command

import dev
from contracts.model.errors import GatewayError
from gateway.cli import app as chat_gateway
from gateway.config.model import load
from gateway.exchange.upstream_errors import UpstreamError
from gateway.rollout.cli import app as rollout
from gateway.runtime.compare_cli import app as compare
from gateway.telemetry.metrics import Metrics
from gateway.upstream.pool import UpstreamStats
from migration.cli import app as migrate
from tests.support import curl
from tests.support.processes import ran

ROOT = Path(__file__).parent.parent
EXECUTED = [
    "README.md",
    "docs/architecture.md",
    "docs/security.md",
    "docs/operating.md",
    "docs/deploying.md",
    "docs/legacy-shutdown.md",
    "docs/rollout.md",
]
PAGES = sorted(
    str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if path.is_file()
)
ENDED_S = 60

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_TEST = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")


class Block(NamedTuple):
    """A fenced block, with what stands between the one before and this one."""

    kind: str
    text: str
    before: str


class Step(NamedTuple):
    """A command and what it should print; None where nothing is shown."""

    command: str
    kind: str
    shown: str | None


def blocks(text: str) -> list[Block]:
    found, end = [], 0
    for fence in _FENCE.finditer(text):
        found.append(Block(fence[1], fence[2], text[end : fence.start()]))
        end = fence.end()
    return found


def steps(text: str) -> list[Step]:
    found: list[Step] = []
    all_blocks = blocks(text)
    for number, block in enumerate(all_blocks):
        if block.kind != "sh":
            continue
        after = all_blocks[number + 1] if number + 1 < len(all_blocks) else None
        shown = after if after and after.kind in ("json", "text") and not after.before.strip() else None
        found.append(Step(block.text, shown.kind if shown else "", shown.text if shown else None))
    return found


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def is_like(shown: Any, got: Any) -> bool:
    """Whether a JSON value is the one that is shown, but for what ``…`` leaves out."""
    if isinstance(shown, dict):
        keys = shown.keys() - {"…"}
        if not isinstance(got, dict) or not keys <= got.keys() or ("…" not in shown and keys != got.keys()):
            return False
        return all(is_like(shown[key], got[key]) for key in keys)
    if isinstance(shown, list):
        more = bool(shown) and shown[-1] == "…"
        wanted = shown[:-1] if more else shown
        enough = isinstance(got, list) and (len(got) >= len(wanted) if more else len(got) == len(wanted))
        return enough and all(is_like(one, other) for one, other in zip(wanted, got, strict=False))
    if isinstance(shown, str) and "…" in shown:
        return shown == "…" or (isinstance(got, str) and is_text_like(shown, got))
    return type(shown) is type(got) and shown == got


def is_text_like(shown: str, got: str) -> bool:
    """Whether a text is the one that is shown; ``…`` is part of a line, and alone on a line any lines."""
    lines = [
        "(?:.*\n)*" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + "\n"
        for line in shown.rstrip("\n").split("\n")
    ]
    return re.fullmatch("".join(lines), got.rstrip("\n") + "\n") is not None


def agrees(step: Step, got: str) -> bool:
    if step.shown is None:
        return True
    if step.kind == "json":
        return is_like(json.loads(step.shown), json.loads(got))
    return is_text_like(step.shown, got.replace("\r\n", "\n"))


@pytest.fixture(scope="session")
def demo() -> Iterator[dict[str, Any]]:
    """The demo as a process of its own, and what it says of itself."""
    secret = secrets.token_urlsafe(48)
    command = [sys.executable, "-m", "gateway.cli", "demo", "--json"]
    environment = {**os.environ, "SECRET_KEY": secret}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    limit = Timer(ENDED_S, process.kill)
    limit.start()
    try:
        described = json.loads(process.stdout.readline())
        limit.cancel()
        yield {**described, "secret": secret}
    finally:
        limit.cancel()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=ENDED_S)
        process.stdout.close()


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for PATH: this environment's commands, and curl where the machine has none."""
    directory = tmp_path_factory.mktemp("bin")
    if shutil.which("curl") is None:
        stand_in(directory)
    return directory


def stand_in(directory: Path) -> None:
    script = directory / "curl"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{curl.__file__}" "$@"\n')
    script.chmod(0o755)


def run(page: str, demo: dict[str, Any], tools: Path, directory: Path) -> list[str]:
    """What each block of a page printed."""
    found = steps(read(page))
    names = [directory / f"{number}.out" for number in range(len(found))]
    script = "set -eu\n" + "".join(
        f"{{\n{step.command}}} >'{name}' 2>&1\n" for step, name in zip(found, names, strict=True)
    )
    script = script.replace("http://127.0.0.1:8080", demo["gateway"])
    script = script.replace("http://127.0.0.1:9090", demo["admin"])
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "SECRET_KEY": demo["secret"], "DATABASE_URL": demo["database"]}
    ended = subprocess.run(
        ["sh", "-c", script], cwd=directory, env=environment, timeout=ENDED_S, capture_output=True, text=True
    )
    printed = [name.read_text("utf-8") if name.is_file() else "" for name in names]
    assert ended.returncode == 0, f"{page}: {ended.stderr}{''.join(printed)[-2000:]}"
    return printed


def differences(page: str, printed: list[str]) -> list[str]:
    return [
        f"{page}: {step.command}\nshown:\n{step.shown}\ngot:\n{got}"
        for step, got in zip(steps(read(page)), printed, strict=True)
        if not agrees(step, got)
    ]


def test_the_commands_run_and_print_what_is_shown(demo: dict[str, Any], tools: Path, tmp_path: Path) -> None:
    """All pages in one test, so that a parallel run starts one demo and not one for each process."""
    wrong = [found for page in EXECUTED for found in differences(page, run(page, demo, tools, tmp_path))]
    assert not wrong, "\n\n".join(wrong)


class Refuses(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.dumps([self.headers["A"], self.rfile.read(int(self.headers["Content-Length"])).decode()])
        self.send_response(401)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        pass


def test_the_stand_in_for_curl_does_as_curl_does(tmp_path: Path) -> None:
    stand_in(tmp_path)
    with HTTPServer(("127.0.0.1", 0), Refuses) as server:
        Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        asked = [str(tmp_path / "curl"), "-si", "-H", "A: b", "-d", "said", url]
        got = ran(asked).stdout
        Thread(target=server.handle_request, daemon=True).start()
        ran([*asked, "-o", str(tmp_path / "file")])
    assert json.loads((tmp_path / "file").read_text()) == ["b", "said"]
    head, _, body = got.partition("\n\n")
    assert head.startswith("HTTP/1.1 401 Unauthorized\n")
    assert json.loads(body) == ["b", "said"]


@pytest.mark.parametrize("page", EXECUTED)
def test_every_configuration_that_is_shown_is_accepted(page: str, tmp_path: Path) -> None:
    environment = {"SECRET_KEY": secrets.token_urlsafe(48), "DATABASE_URL": "postgresql://chat@db/chat"}
    for number, block in enumerate(block for block in blocks(read(page)) if block.kind == "yaml"):
        file = tmp_path / f"{number}.yaml"
        file.write_text(block.text, encoding="utf-8")
        load(file, environment)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_and_every_test_that_is_named_is_there(page: str) -> None:
    text, here = read(page), (ROOT / page).parent
    inside = [link.partition("#")[0] for link in _LINK.findall(text) if "://" not in link]
    assert [link for link in inside if link and not (here / link).exists()] == []
    named = set(_TEST.findall(text))
    assert [file for file, _ in named if not (ROOT / file).is_file()] == []
    assert [f"{file}::{test}" for file, test in named if test and f"def {test}(" not in read(file)] == []


@pytest.mark.parametrize("page", EXECUTED)
def test_commands_for_people_exist(page: str) -> None:
    lines = [
        line.split()
        for block in blocks(read(page))
        if block.kind == "console"
        for line in block.text.splitlines()
    ]
    assert dev.__doc__ is not None
    for line in lines:
        if line[:3] == ["$", "python3", "dev.py"]:
            assert f"\n  {line[3]} " in dev.__doc__
        if line[:2] == ["$", "chat-gateway"]:
            assert {word for word in line if word.startswith("--")} <= options(line[2:4])


def options(words: list[str]) -> set[str]:
    """The options of a command. KeyError when there is no such command."""
    apps = {"migrate": migrate, "rollout": rollout, "compare": compare}
    app, name = (apps[words[0]], words[1]) if words[0] in apps else (chat_gateway, words[0])
    commands: Any = get_command(app)
    return {option for parameter in commands.commands[name].params for option in parameter.opts}


def test_every_metric_is_explained() -> None:
    metrics = Metrics()
    metrics.upstream = UpstreamStats()
    names = {family.name + "_total" * (family.type == "counter") for family in metrics.collect()}
    assert {name for name in names if f"`{name}`" not in read("docs/operating.md")} == set()


@pytest.mark.parametrize(
    ("shown", "got", "alike"),
    [
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "…": "…"}, {"a": 1, "b": 2}, True),
        ({"a": 1, "…": "…"}, {"b": 2}, False),
        ([1, "…"], [1, 2, 3], True),
        ([1, "…"], [2], False),
        ([1], [1, 2], False),
        ("…", None, True),
        ("a…c", "abc", True),
        ("a…c", "ab", False),
        (1, True, False),
        ({"a": 1}, [1], False),
    ],
)
def test_what_counts_as_the_same_json(shown: Any, got: Any, alike: bool) -> None:
    assert is_like(shown, got) is alike


@pytest.mark.parametrize(
    ("shown", "got", "alike"),
    [
        ("one\n", "one\n", True),
        ("one\n", "two\n", False),
        ("o…e\n", "once\n", True),
        ("one\n…\nthree\n", "one\ntwo\ntwo\nthree\n", True),
        ("one\n…\nthree\n", "one\ntwo\n", False),
        ("…\nthree\n", "three\n", True),
        ("one\n…\n", "one\n", True),
    ],
)
def test_what_counts_as_the_same_text(shown: str, got: str, alike: bool) -> None:
    assert is_text_like(shown, got) is alike


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-s", "http://x"], ({}, {}, "http://x", False)),
        (["-si", "-H", "A: b", "http://x"], ({}, {"A": "b"}, "http://x", True)),
        (["-X", "PUT", "-d", "{}", "http://x"], ({"method": "PUT", "body": "{}"}, {}, "http://x", False)),
    ],
)
def test_what_the_stand_in_for_curl_understands(arguments: list[str], expected: tuple[Any, ...]) -> None:
    assert curl.parsed(arguments) == expected


def test_what_the_stand_in_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="knows no --json"):
        curl.parsed(["--json", "{}"])


def test_every_error_code_is_explained():
    """Those of the gateway's own errors and those of refusals that it passes on."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert listed == {error.code for error in kinds_of(GatewayError)} | {"upstream_refused"}


def kinds_of(error: type[GatewayError]) -> set[type[GatewayError]]:
    return {error}.union(*map(kinds_of, error.__subclasses__())) - {UpstreamError}
