"""Every wait for a process has a limit: a test that hangs fails, and a run ends.

What waits inside one process (events, queues) is limited by pytest-timeout, for which dev.py sets PYTEST_TIMEOUT.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Where a process may be started whose end others wait for, and what ends it.
STARTERS = {
    "tests/support/processes.py": "a timer",
    "tests/bench/processes.py": "terminate and kill, each with a limit",
    "tests/test_docs.py": "a timer until it is up; terminate with a limit",
    "tests/test_bare_root.py": "pytest-timeout, and kill",
    "tests/support/pgbouncer.py": "terminate with a limit",
    "tests/system/test_hostile.py": "asyncio.wait_for around every wait; its input ends with the test",
    "tests/devtools/test_environment.py": "communicate with a limit, and kill",
    "tests/bench/directory.py": "asyncio.wait_for around the wait",
    "tests/migration/test_strangers_addresses.py": "terminate and kill, with pytest-timeout",
    "tests/gateway/runtime/test_serve.py": "asyncio.wait_for around every wait, and kill",
}
WAIT = {"run", "call", "check_call", "check_output"}
START = {"Popen", "create_subprocess_exec", "create_subprocess_shell"}


def calls(tree: ast.AST) -> list[tuple[str, str, ast.Call]]:
    """Each call of a function of a module: module, function, call."""
    found = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return [(ast.unparse(call.func.value), call.func.attr, call) for call in found]


def without_limit(text: str, *, may_start: bool) -> list[str]:
    """The calls that start a process, or wait for one, and have no limit."""
    found = []
    for module, function, call in calls(ast.parse(text)):
        endless = (
            module == "subprocess" and function in WAIT and "timeout" not in {k.arg for k in call.keywords}
        )
        starts = module in ("subprocess", "asyncio") and function in START and not may_start
        waits = function == "wait" and not call.args and not call.keywords and "process" in module
        if endless or starts or (waits and not may_start):
            found.append(f"{call.lineno}: {module}.{function}")
    return found


@pytest.mark.parametrize(
    "file", sorted(map(str, (ROOT / "tests").rglob("*.py"))), ids=lambda f: f[len(str(ROOT)) :]
)
def test_every_wait_for_a_process_has_a_limit(file):
    name = str(Path(file).relative_to(ROOT))
    assert without_limit(Path(file).read_text("utf-8"), may_start=name in STARTERS) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("subprocess.run(['x'])", ["1: subprocess.run"]),
        ("subprocess.run(['x'], timeout=1)", []),
        ("subprocess.Popen(['x'])", ["1: subprocess.Popen"]),
        ("await asyncio.create_subprocess_exec('x')", ["1: asyncio.create_subprocess_exec"]),
        ("process.wait()", ["1: process.wait"]),
        ("process.wait(1)", []),
    ],
)
def test_what_is_found(text, found):
    assert without_limit(text, may_start=False) == found
