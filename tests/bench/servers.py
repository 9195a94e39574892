"""The measured servers, each in a process of its own that dies with this one."""

import asyncio
import contextlib
import gc
import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path


class Server:
    """A running server: its address, and how much processor time it has used."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self._process = process
        self.url = url

    def cpu_s(self) -> float:
        """Seconds of processor time so far; 0 where the system does not tell."""
        try:
            return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[0]) / 1e9
        except OSError:
            return 0.0


@contextlib.contextmanager
def server(module: str, *arguments: str) -> Iterator[Server]:
    """Run ``tests.bench.<module>.serve(*arguments)`` in a new process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.servers", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Server(process, process.stdout.readline().strip())
    finally:
        process.communicate()  # closes its standard input: it ends


def main(module: str, *arguments: str) -> None:
    """The life of such a process."""
    from gateway.runtime.serve import loop_factory

    async def live() -> None:
        ended = asyncio.Event()
        url = await importlib.import_module(f"tests.bench.{module}").serve(*arguments)
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000)  # as the gateway does; here for all alike
        sys.stdout.write(url + "\n")
        sys.stdout.flush()
        loop = asyncio.get_running_loop()
        follow = threading.Thread(
            target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True
        )
        follow.start()
        await ended.wait()
        os._exit(0)  # nothing here is worth an orderly end

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(live())


if __name__ == "__main__":
    main(*sys.argv[1:])
