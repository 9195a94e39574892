"""A child process that does not outlive us."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Final

_NOBODY: Final = 65534

# Runs between us and the server, in a process of its own because a preexec_fn may deadlock in a program with
# threads. The imports come first: for another user Python's own library may be out of reach. A signal that whoever
# started us ignored or blocked would stay so over exec, and the death signal may be one of them. The user changes
# before the death signal is set, because that change clears it (prctl(2), PR_SET_PDEATHSIG). The parent is
# asked for last: it may have died before the signal was set.
BECOME: Final = """
import ctypes, os, signal, sys
for one in signal.valid_signals():
    if signal.getsignal(one) == signal.SIG_IGN:
        signal.signal(one, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_SETMASK, ())
user, parent, number, *command = sys.argv[1:]
if user:
    os.setgroups([])
    os.setgid(int(user))
    os.setuid(int(user))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, int(number))
    if os.getppid() != int(parent):
        sys.exit(1)
os.execv(command[0], command)
"""


def spawn(
    command: list[str],
    directory: Path,
    environment: dict[str, str],
    log: Path,
    user: int | None = None,
    death_signal: signal.Signals = signal.SIGINT,
) -> subprocess.Popen[bytes]:
    """Start a program in a directory; its output is added to `log`. Raises OSError when it cannot be started.

    As `user` (only root may say so). On Linux it gets `death_signal` when this process ends, however it ends.
    A session of its own keeps a terminal's Ctrl-C for us.
    """
    become = [*_named(), sys.executable, "-I", "-S", "-c", BECOME]
    whose = ["" if user is None else str(user), str(os.getpid()), str(int(death_signal))]
    started: Future[subprocess.Popen[bytes]] = Future()

    def spawn_and_stay() -> None:
        # The death signal follows the thread that spawned, not the process: the thread stays to the end.
        try:
            process = _popen([*become, *whose, *command], directory, environment, log)
        except OSError as failure:
            started.set_exception(failure)
            return
        started.set_result(process)
        process.wait()

    threading.Thread(target=spawn_and_stay, name=Path(command[0]).name, daemon=True).start()
    return started.result()


def _named() -> list[str]:
    """What gives us a name where the system has none for our user id, as in a container: initdb asks for it.

    Nothing where user namespaces are not allowed; then initdb says what it lacks.
    """
    if os.geteuid() == 0 or sys.platform != "linux" or _has_name(os.geteuid()):
        return []
    command = ["unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}"]
    try:
        allowed = (
            subprocess.run([*command, "true"], check=False, capture_output=True, timeout=60).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return command if allowed else []


def _has_name(user: int) -> bool:
    import pwd  # not on Windows

    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _popen(
    command: list[str], directory: Path, environment: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
