"""A directory for a while, and what happens to those whose owner was killed."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from demo import scratch
from demo.scratch import scratch_directory, sweep
from tests.support.processes import LONGEST_S, started

HOLD = """
import pathlib, sys, threading
from demo.scratch import scratch_directory
with scratch_directory(pathlib.Path(sys.argv[1])) as directory:
    print(directory, flush=True)
    threading.Event().wait()
"""


def test_is_gone_afterwards_with_what_is_in_it(tmp_path):
    with scratch_directory(tmp_path) as directory:
        (directory / "data").mkdir()
        (directory / "data" / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_is_gone_after_an_error(tmp_path):
    with pytest.raises(LookupError), scratch_directory(tmp_path):
        raise LookupError
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_in_use_is_not_swept(tmp_path):
    with scratch_directory(tmp_path) as first, scratch_directory(tmp_path) as second:
        sweep(tmp_path)
        assert {first, second} == set(tmp_path.iterdir())


def test_one_of_a_killed_process_is_swept(tmp_path):
    with started([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE) as owner:
        left = owner.stdout.readline().strip()
        sweep(tmp_path)
        assert [str(path) for path in tmp_path.iterdir()] == [left]
        owner.kill()
        owner.wait(LONGEST_S)
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_others_made_is_left_alone(tmp_path):
    (tmp_path / "chat-scratch-without-lock").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "lock").touch()
    sweep(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("free", "flags", "allowed", "in_memory"),
    [
        (scratch.ENOUGH_BYTES, 0, True, True),
        (scratch.ENOUGH_BYTES - 1, 0, True, False),
        (scratch.ENOUGH_BYTES, os.ST_NOEXEC, True, False),
        (scratch.ENOUGH_BYTES, 0, False, False),
    ],
    ids=["room", "no room", "programs may not run there", "others may not write there"],
)
def test_is_in_memory_where_that_can_be_used(tmp_path, monkeypatch, free, flags, allowed, in_memory):
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    monkeypatch.setattr(scratch.os, "statvfs", lambda path: SimpleNamespace(f_flag=flags))
    monkeypatch.setattr(scratch.os, "access", lambda path, mode: allowed)
    with scratch_directory() as directory:
        assert (directory.parent == tmp_path) is in_memory
