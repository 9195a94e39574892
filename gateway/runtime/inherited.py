"""What a process inherits and must not depend on: ignored and blocked signals, limits, closed descriptors, encodings.

Whoever starts us may have ignored SIGINT (a shell does, for a job in the background) or SIGCHLD (then the exit code of
a child is lost, and one that failed seems to have succeeded), and both are inherited over exec. Standard library only:
`dev.py` uses this before anything is installed.
"""

import contextlib
import io
import os
import signal
import sys
from pathlib import Path
from typing import Final

#: SIGHUP is not among them: who starts us with `nohup` means it.
_OURS: Final = ("SIGINT", "SIGTERM", "SIGQUIT", "SIGCHLD", "SIGALRM", "SIGUSR1", "SIGUSR2")
#: As many open files as macOS allows where it says that there is no limit; a terminal there begins with 256.
_ENOUGH: Final = 10_240
#: The home of users that have none, in the file of users.
_NO_HOME: Final = "/nonexistent"


def reset() -> None:
    """Make this process, and so its children, begin as one that inherited nothing unusual. Main thread only."""
    _open_standard_descriptors()
    _leave_a_closed_home()
    _write_anything()
    _listen_to_signals()
    _allow_enough_descriptors()


def ending_signals() -> tuple[int, ...]:
    """The signals on which a server drains and ends. A terminal that closes is one, unless `nohup` ignores it."""
    found = [signal.SIGTERM, signal.SIGINT]
    hangup: Final[signal.Signals | None] = getattr(signal, "SIGHUP", None)  # not on Windows
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        found.append(hangup)
    return tuple(found)


def _listen_to_signals() -> None:
    for name in _OURS:
        number = getattr(signal, name, None)  # Windows has few of them
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _open_standard_descriptors() -> None:
    """Where one is closed, the next file or socket would get its number, and what is printed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _leave_a_closed_home() -> None:
    """Whoever became another user without a new HOME (`setpriv`, `su` without `-`) cannot look into the old one.

    Programs look there for optional files and fail where they may not ask whether one exists: asyncpg does, for
    certificates.
    """
    try:
        (Path.home() / os.pardir).stat()
    except PermissionError:
        os.environ["HOME"] = _NO_HOME
    except (OSError, RuntimeError):
        return  # a home that does not exist holds nothing, and everybody expects that


def _write_anything() -> None:
    """A terminal that cannot show a character gets its escape, and we no exception."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _allow_enough_descriptors() -> None:
    """Ask for a soft limit that no command of ours meets; `serve` asks for all that there is."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        enough = _ENOUGH if most == resource.RLIM_INFINITY else min(_ENOUGH, most)
        if now != resource.RLIM_INFINITY and now < enough:
            resource.setrlimit(resource.RLIMIT_NOFILE, (enough, most))
