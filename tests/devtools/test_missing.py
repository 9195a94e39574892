"""What an environment lacks, told from its records."""

import pytest

from devtools.locks import Lock
from devtools.missing import installed, missing, requirements, unpinned

PROJECT = """
[project]
dependencies = ["one[fast]>=1", "nowhere ; sys_platform == 'nowhere'"]
[project.optional-dependencies]
more = ["three"]
[dependency-groups]
dev = ["four"]
"""
LOCK = "".join(f"{name}==1 \\\n    --hash=sha256:00\n" for name in ("one", "two-and"))


@pytest.fixture
def packages(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "small.lock").write_text(LOCK)
    place = tmp_path / "site-packages"
    place.mkdir()
    return place


def record(packages, name, version, *needs):
    information = packages / f"{name}-{version}.dist-info"
    information.mkdir()
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {n}" for n in needs),
    ]
    (information / "METADATA").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("there", "lock", "said"),
    [
        ([], Lock("small.lock"), ["one 1", "two-and 1"]),
        ([("one", "2"), ("two_and", "1")], Lock("small.lock"), ["one 1"]),
        ([("one", "1", "two.and>=1 ; extra == 'fast'"), ("two_and", "1")], Lock("small.lock"), []),
        (
            [("one", "1", "five>2 ; extra == 'fast'", "six ; extra == 'slow'"), ("two_and", "1")],
            Lock("small.lock"),
            ["five, which one needs, is not in small.lock"],
        ),
        (
            [("one", "1"), ("two_and", "1"), ("three", "1")],
            Lock("small.lock", ("more",), ("dev",)),
            [
                "four, which pyproject.toml needs, is not in small.lock",
                "three, which pyproject.toml needs, is not in small.lock",
            ],
        ),
    ],
    ids=["nothing is there", "another version", "all is there", "an extra's need", "more is asked for"],
)
def test_rows(packages, there, lock, said):
    for one in there:
        record(packages, *one)
    assert missing(packages.parent, lock, packages) == said


def test_a_package_that_was_half_unpacked_is_not_there(packages):
    (packages / "one-1.dist-info").mkdir()
    assert "one 1" in missing(packages.parent, Lock("small.lock"), packages)


def test_two_versions_of_one_package_are_seen(packages):
    record(packages, "one", "1")
    record(packages, "one", "2")
    assert installed(packages)["one"].keys() == {"1", "2"}


def test_a_ring_of_needs_ends():
    assert unpinned(["one"], {"one": ["two"], "two": ["one"]}) == []


def test_an_extra_that_asks_for_an_extra():
    needs = {"one": ["one[two] ; extra == 'all'", "three ; extra == 'two'"]}
    assert unpinned(["one[all]"], needs) == [("three", "one")]


def test_what_is_no_requirement_is_refused():
    with pytest.raises(ValueError, match="not a requirement"):
        list(requirements(["!"], frozenset()))
