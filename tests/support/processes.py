"""Processes that tests start: none waits for ever, none is left. A test that hangs fails, and says where."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import Any

#: Far above what anything needs on a loaded machine. A process that reaches it is killed, which ends all waits for it.
LONGEST_S = 120


@contextlib.contextmanager
def started(command: Sequence[Any], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """A process for the length of a ``with`` block, `LONGEST_S` at most; ``options`` as of Popen, pipes are text."""
    process = subprocess.Popen(command, text=True, encoding="utf-8", **in_utf8(options))
    limit = threading.Timer(LONGEST_S, process.kill)
    limit.start()
    try:
        yield process
    finally:
        limit.cancel()
        process.kill()
        process.wait(LONGEST_S)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def ran(command: Sequence[Any], **options: Any) -> "subprocess.CompletedProcess[str]":
    """A process from start to end, with what it printed; TimeoutExpired after `LONGEST_S`."""
    options = in_utf8(options)
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=LONGEST_S, **options
    )


def in_utf8(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a process, with an environment in which Python prints what we read, whatever the locale."""
    return {**options, "env": {**(options.get("env") or os.environ), "PYTHONIOENCODING": "utf-8"}}
