"""The measured servers, each in a process of its own: on which core it runs, what it has cost, and its end."""

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

_READY_WITHIN_S: Final = 30.0
_ENDED_WITHIN_S: Final = 10.0
_PR_SET_PDEATHSIG: Final = 1


class Cores(NamedTuple):
    """The core of what is measured, and those of everything else; the same where there is only one."""

    measured: set[int]
    others: set[int]


def cores() -> Cores:
    """The last core that we may use is for what is measured."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(set(), set())
    mine = sorted(os.sched_getaffinity(0))
    return Cores({mine[-1]}, set(mine[:-1]) or {mine[-1]})


class Process:
    """A running server: where it listens, and how much processor time it has used."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process = process
        self.port = port

    def cpu_s(self) -> float:
        """Seconds of processor time of all its threads so far; 0 where the system does not tell."""
        tasks = Path(f"/proc/{self._process.pid}/task")
        try:
            return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
        except OSError:
            return 0.0


@contextlib.contextmanager
def started(
    command: Sequence[str | Path],
    on: set[int],
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """Run a command for the length of a ``with`` block. Without ``port`` it prints the port where it listens.

    Raises RuntimeError when it does not listen within half a minute.
    """
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE if port is None else subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(environment or {})},
        preexec_fn=_follower(on),
    )
    try:
        if process.stdout is not None:
            port = int(process.stdout.readline() or 0)
        _wait_for(port or 0, process)
        yield Process(process, port or 0)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_ENDED_WITHIN_S)
        process.kill()
        process.wait(_ENDED_WITHIN_S)


def _follower(on: set[int]) -> Any:
    """What the child does first: stay on its core, and end with us (Linux)."""
    if not on:
        return None
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.sched_setaffinity(0, on)

    return prepare


def _wait_for(port: int, process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while port and process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args} does not listen")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run a server of ours as the gateway runs itself: uvloop where it is, and a collector that leaves us alone."""
    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    gc.freeze()
    gc.set_threshold(20_000)
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


def python(module: str, *arguments: str) -> list[str]:
    """The command for a module of the measurements."""
    return [sys.executable, "-m", module, *arguments]
