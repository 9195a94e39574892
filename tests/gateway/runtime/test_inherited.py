"""What a careless parent leaves behind does no harm; each row is a process that begins with it."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

LONGEST_S = 60
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
RESET = (
    "import os, resource, signal, subprocess, sys\nfrom gateway.runtime import inherited\ninherited.reset()\n"
)


def ignores(number: signal.Signals) -> Callable[[], None]:
    return lambda: signal.signal(number, signal.SIG_IGN) and None


def blocks(number: signal.Signals) -> Callable[[], None]:
    return lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {number}) and None


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def nothing_is_open() -> None:
    os.closerange(0, 3)


def no_rights_of_root() -> None:
    """Even root then needs the rights that a file's mode gives."""
    prctl = ctypes.CDLL(None).prctl
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def said(prepare: Callable[[], None], code: str, **environment: str) -> str:
    """What a process prints into a pipe of its own, so that even one without standard output can."""
    reader, writer = os.pipe()
    script = f"{code}\nos.write({writer}, str(answer).encode())"
    subprocess.run(
        [sys.executable, "-c", script],
        preexec_fn=prepare,
        pass_fds=(writer,),
        env={**os.environ, **environment},
        timeout=LONGEST_S,
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return pipe.read()


@pytest.mark.parametrize(
    ("prepare", "code", "answer"),
    [
        (
            ignores(signal.SIGINT),
            "answer = signal.getsignal(signal.SIGINT) is signal.default_int_handler",
            "True",
        ),
        (ignores(signal.SIGTERM), "answer = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL", "True"),
        (
            ignores(signal.SIGCHLD),
            "answer = subprocess.call([sys.executable, '-c', 'raise SystemExit(3)'])",
            "3",
        ),
        (ignores(signal.SIGHUP), "answer = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN", "True"),
        (blocks(signal.SIGTERM), "answer = signal.pthread_sigmask(signal.SIG_BLOCK, ())", "set()"),
        (few_files, "answer = resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64", "True"),
        (nothing_is_open, "answer = os.open('/dev/null', os.O_RDONLY) > 2", "True"),
    ],
    ids=[
        "SIGINT ignored",
        "SIGTERM ignored",
        "SIGCHLD ignored: exit codes are known all the same",
        "SIGHUP ignored: nohup means it",
        "a signal blocked",
        "few open files allowed",
        "nothing open",
    ],
)
def test_rows(prepare, code, answer):
    assert said(prepare, RESET + code) == answer


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has capabilities")
def test_a_home_that_is_closed_to_us_is_left(tmp_path):
    """As after `setpriv` or `su` without `-`: asyncpg fails where it may not ask for ~/.postgresql."""
    tmp_path.chmod(0)
    code = (
        RESET + "from pathlib import Path\nanswer = (Path.home() / '.postgresql' / 'postgresql.key').exists()"
    )
    assert said(no_rights_of_root, code, HOME=str(tmp_path)) == "False"
    tmp_path.chmod(0o700)


def test_a_terminal_that_lacks_a_character_gets_its_escape():
    code = RESET + "print('\\u2713')\nanswer = 'printed'"
    assert said(lambda: None, code, PYTHONIOENCODING="ascii") == "printed"


def test_needs_nothing_that_must_be_installed():
    """dev.py uses it before there is anything."""
    code = "import sys; sys.path.insert(0, '.'); import gateway.runtime.inherited"
    root = __file__.rpartition("/tests/")[0]
    subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=root, check=True, timeout=LONGEST_S)
