"""A child: it runs as told, says why it cannot, and ends with the process that started it."""

import os
import signal
import subprocess
import sys

import pytest

from demo.child import spawn
from tests.demo.processes import is_alive, wait_until_dead
from tests.support.processes import LONGEST_S, started

SHELL = "/bin/sh"
# A parent that tells its child's process id once the child runs, and then waits.
PARENT = """
import os, pathlib, sys, threading
from demo.child import spawn
here = pathlib.Path(sys.argv[1])
os.mkfifo(here / "ready")
spawn(["/bin/sh", "-c", "echo $$ > ready && exec sleep 60"], here, dict(os.environ), here / "log")
print((here / "ready").read_text(), flush=True)
threading.Event().wait()
"""


def test_runs_in_its_directory_with_its_environment_and_log(tmp_path):
    script = "pwd; echo $WORD >&2; test -t 0 || exit 3"
    child = spawn([SHELL, "-c", script], tmp_path, {"WORD": "hello"}, tmp_path / "log")
    assert child.wait(LONGEST_S) == 3
    assert (tmp_path / "log").read_text().splitlines() == [str(tmp_path), "hello"]


def test_has_a_session_of_its_own(tmp_path):
    child = spawn(["/bin/sleep", "60"], tmp_path, {}, tmp_path / "log")
    assert os.getsid(child.pid) != os.getsid(0)
    child.kill()
    assert child.wait(LONGEST_S) == -signal.SIGKILL


def test_says_when_there_is_no_place_to_run(tmp_path):
    with pytest.raises(FileNotFoundError):
        spawn([SHELL], tmp_path / "missing", {}, tmp_path / "log")


def test_a_program_that_is_not_there_ends_at_once(tmp_path):
    assert spawn([str(tmp_path / "none")], tmp_path, {}, tmp_path / "log").wait(LONGEST_S) != 0
    assert "FileNotFoundError" in (tmp_path / "log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the death of a parent")
def test_ends_with_a_parent_that_is_killed(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with started(command, stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    wait_until_dead(child)


def careless() -> None:
    """As a shell starts a job in the background, and worse."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the death of a parent")
def test_ends_with_a_parent_that_inherited_ignored_and_blocked_signals(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with started(command, stdout=subprocess.PIPE, preexec_fn=careless) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    wait_until_dead(child)


def test_runs_as_another_user(tmp_path):
    user = 65534 if os.geteuid() == 0 else None
    assert spawn(["/usr/bin/id", "-u"], tmp_path, {}, tmp_path / "log", user).wait(LONGEST_S) == 0
    assert int((tmp_path / "log").read_text()) == (user or os.geteuid())
