"""What a run has shown, as a table for people and as a section of docs/benchmarks.md."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN: Final = "<!-- Written by: python3 dev.py bench --write -->"
END: Final = "<!-- The end of what is written. -->"
_HEAD: Final = (
    "| workload | to nginx+Lua | to plain nginx | CPU to stock aiohttp | gateway | nginx+Lua | plain nginx "
    "| stock aiohttp | Node undici | p50 / p99 |\n|---|---|---|---|---|---|---|---|---|---|\n"
)
_ORDER: Final = ("nginx_lua", "plain_nginx", "stock_aiohttp", "node_undici")


def table(lines: Sequence[dict[str, Any]]) -> str:
    """One row a workload; microseconds of processor time a request from the fifth column on."""
    return _HEAD + "".join(_row(line) for line in lines)


def _row(line: dict[str, Any]) -> str:
    ratios = ("ratio_to_nginx_lua", "ratio_to_plain_nginx", "cpu_ratio_to_stock")
    cells = [line["workload"], *(_number(line[name], 2) for name in ratios), _number(line["cpu_us"], 0)]
    cells += [_number(line["peers"][name] and line["peers"][name]["cpu_us"], 0) for name in _ORDER]
    return f"| {' | '.join(cells)} | {line['p50_us']:,.0f} / {line['p99_us']:,.0f} |\n"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def faults(lines: Sequence[dict[str, Any]]) -> str:
    """Whose answers are wrong in a declared way, and where."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        for name, peer in line["peers"].items():
            for fault in peer["faults"] if peer else ():
                found.setdefault((name, fault), []).append(line["workload"])
    return "".join(f"* {name}: {fault} ({', '.join(where)})\n" for (name, fault), where in found.items())


def section(lines: Sequence[dict[str, Any]]) -> str:
    """The section of the document, marks included."""
    first = lines[0]
    made = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores"
    how = f"{first['people']} people, {first['connections']} connections, medians of {first['rounds']} rounds"
    return f"{BEGIN}\n\n{made}; {how}.\n\n{table(lines)}\nDeclared faults:\n\n{faults(lines)}\n{END}"


def write(lines: Sequence[dict[str, Any]], document: Path = DOCUMENT) -> None:
    """Replace the section in the document. ValueError when its marks are not there."""
    text = document.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no section for a run")
    document.write_text(before + section(lines) + after, "utf-8")
