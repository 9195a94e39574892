import json
import subprocess
import sys

import pytest

from tests.bench.__main__ import arguments_of
from tests.bench.workloads import WORKLOADS, Browser, requests

NAMES = (
    "typing conversations messages messages_one_new messages_changed send presence modern stream download upload "
    "socket mix"
)


def test_the_workloads_are_those_that_are_promised():
    assert set(WORKLOADS) == set(NAMES.split())


@pytest.mark.parametrize(
    "words",
    [["nothing"], ["--write", "typing"], ["--write", "--only", "nginx_lua"], ["--people", "0"],
     ["--connections", "5000"], ["--unknown"]],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_command_line_is_refused(words, capsys):
    with pytest.raises(SystemExit) as ended:
        arguments_of(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_a_mix_is_what_a_modal_asks_in_three_minutes_and_neighbours_are_at_different_turns():
    asked = requests(WORKLOADS["mix"], 2, legacy=True)
    assert len(asked) == 2 * 284
    assert sum(b"/typing?" in request for request in asked) == 2 * 180
    own = WORKLOADS["mix"].legacy(Browser(1))
    assert asked[0::2] == own
    assert sorted(asked[1::2]) == sorted(WORKLOADS["mix"].legacy(Browser(2)))
    assert asked[0].partition(b"?")[0] != asked[1].partition(b"?")[0]


def test_a_run_prints_a_line_for_each_workload():
    command = [sys.executable, "-m", "tests.bench", "--json", "--people", "4", "--connections", "2"]
    command += ["--rounds", "1", "--seconds", "0.1", "--only", "stock_aiohttp"]
    chosen = ["typing", "conversations", "messages_one_new", "send", "presence", "download", "socket"]
    ended = subprocess.run([*command, *chosen], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["workload"] for line in lines] == chosen
    for line in lines:
        assert line["requests_per_s"] > 0
        assert line["p99_us"] >= line["p50_us"] > 0
        assert line["peers"]["nginx_lua"] is None
        assert line["ratio_to_nginx_lua"] is None
    assert lines[0]["peers"]["stock_aiohttp"]["requests_per_s"] > 0
