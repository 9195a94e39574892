"""Several processes on one address: each accepts for itself (SO_REUSEPORT), a supervisor replaces what dies.

Each worker is a whole gateway with an admin address of its own: worker 0 on the configured port, worker 1 on the
next, and so on, because health and numbers are those of one process. WebSockets need ``workers: 1``.
"""

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from contextlib import closing
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, Final

import msgspec

from gateway.config.model import Config
from gateway.config.validation import address
from gateway.runtime.inherited import ending_signals
from gateway.telemetry import log

_log: Final = logging.getLogger("gateway.runtime.workers")
REFUSED: Final = 2
#: A worker that dies at once is not started again more often than this.
PAUSE_S: Final = 1.0


def supervise(config: Config) -> int:
    """Run ``config.workers`` processes until a signal. Exit code: 0, or 2 when they cannot start."""
    if not hasattr(socket, "SO_REUSEPORT"):
        _log.error("cannot start: workers above 1 need SO_REUSEPORT, which this system does not have")
        return REFUSED
    try:
        reserved = _reserve(*address(config.listen, "listen"))
    except OSError as error:
        _log.error("cannot start: %s", error)
        return REFUSED
    with closing(reserved):
        host, port = reserved.getsockname()[:2]
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return _Supervisor(msgspec.structs.replace(config, listen=shown)).run()


def _reserve(host: str, port: int) -> socket.socket:
    """Hold the address without listening, so that port 0 is the same for all and a taken one is noticed now."""
    family, kind, protocol, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    held = socket.socket(family, kind, protocol)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(found)
    except OSError:
        held.close()
        raise
    return held


def worker_config(config: Config, number: int) -> Config:
    """The configuration of one worker: the admin port grows with the number (0 stays any free one)."""
    host, _, port = config.admin.listen.rpartition(":")
    own = int(port) + number if int(port) else 0
    return msgspec.structs.replace(
        config, admin=msgspec.structs.replace(config.admin, listen=f"{host}:{own}"), workers=1
    )


class _Supervisor:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._context = multiprocessing.get_context("spawn")
        self._workers: dict[int, tuple[BaseProcess, float]] = {}
        self._ending = False

    def run(self) -> int:
        before = {number: signal.signal(number, self._end) for number in ending_signals()}
        try:
            for number in range(self._config.workers):
                self._start(number)
            return self._watch()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self, number: int) -> None:
        worker = self._context.Process(
            target=_work, args=(worker_config(self._config, number),), name=f"worker-{number}"
        )
        worker.start()
        self._workers[number] = (worker, time.monotonic())

    def _end(self, *_: Any) -> None:
        self._ending = True
        for worker, _started in self._workers.values():
            if worker.pid is not None and worker.is_alive():
                worker.terminate()

    def _watch(self) -> int:
        code = 0
        while self._workers:
            wait([worker.sentinel for worker, _ in self._workers.values()])
            for number, (worker, started) in list(self._workers.items()):
                if worker.exitcode is None:
                    continue
                del self._workers[number]
                if worker.exitcode == REFUSED:
                    code = REFUSED
                    self._end()
                elif not self._ending:
                    _log.error("worker %d ended with %s, starting it again", number, worker.exitcode)
                    time.sleep(max(0.0, PAUSE_S - (time.monotonic() - started)))
                    self._start(number)
        return code


def _work(config: Config) -> None:
    """The life of one worker process; it ends with its parent, however that ends."""
    from gateway.runtime.serve import run_one

    log.configure(config.log.format, config.log.level)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    raise SystemExit(run_one(config, share_port=True))


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
