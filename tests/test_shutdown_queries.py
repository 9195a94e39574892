"""The queries of docs/legacy-shutdown.md, evaluated by Prometheus itself on no, one and rare legacy requests."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
QUERIES = [
    text.strip()
    for text in re.findall(
        r"```promql\n(.*?)```", (ROOT / "docs/legacy-shutdown.md").read_text("utf-8"), re.S
    )
]
DAYS, SHARE, BY_OPERATION = QUERIES
SEEN = 'gateway_shape_last_seen_timestamp_seconds{shape="legacy"}'
LEGACY = 'gateway_shape_requests_total{shape="legacy"}'
MODERN = 'gateway_shape_requests_total{shape="2.1"}'
OPERATION = 'gateway_requests_total{shape="legacy",operation="typing.get",status="200"}'
DAY = 86_400


def series(name: str, values: str) -> dict[str, str]:
    return {"series": name, "values": values}


def expected(query: str, value: float | None, labels: str = "{}") -> dict[str, object]:
    samples = [] if value is None else [{"labels": labels, "value": value}]
    return {"expr": query, "eval_time": "1d", "exp_samples": samples}


# One sample an hour for a day. Prometheus' tests begin at unix time 0, so a last request at 6 h is at 21,600.
CASES = {
    "no legacy request": (
        [series(SEEN, "0x24"), series(LEGACY, "0x24"), series(MODERN, "0+100x24"), series(OPERATION, "0x24")],
        [expected(DAYS, 1.0), expected(SHARE, 0.0), expected(BY_OPERATION, None)],
    ),
    "one, six hours after the start": (
        [
            series(SEEN, "0x5 21600x18"),
            series(LEGACY, "0x5 1x18"),
            series(MODERN, "0+100x24"),
            series(OPERATION, "0x5 1x18"),
        ],
        [expected(DAYS, 0.75), expected(BY_OPERATION, 1.0, '{operation="typing.get"}')],
    ),
    "one, before a restart that forgot it": (
        [series(SEEN, "0x5 21600x2 0x15"), series(LEGACY, "0x5 1x2 0x15"), series(MODERN, "0+100x24")],
        [expected(DAYS, 0.75)],
    ),
    "a rare client, at three processes": (
        [
            series(f'{SEEN[:-1]},instance="{number}"}}', values)
            for number, values in enumerate(("0x24", "0x11 43200x12", "0x17 64800x6"))
        ],
        [expected(DAYS, 1 - 64_800 / DAY)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_queries_find_every_legacy_request(case: str, tmp_path: Path) -> None:
    given, wanted = CASES[case]
    tests = [{"interval": "1h", "input_series": given, "promql_expr_test": wanted}]
    (tmp_path / "tests.yml").write_text(yaml.safe_dump({"rule_files": [], "tests": tests}), "utf-8")
    promtool = shutil.which("promtool") or pytest.skip("no promtool here: apt-get install prometheus")
    answer = subprocess.run(
        [promtool, "test", "rules", "tests.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
