"""Markers, read as `packaging` reads them."""

import sys
from importlib import metadata

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement

from devtools import markers
from devtools.locks import LOCKS
from tests.devtools.places import ROOT


def in_use() -> set[str]:
    """Every marker of the locks and of what is installed."""
    lines = [line for lock in LOCKS for line in (ROOT / lock.file).read_text("utf-8").splitlines()]
    locked = {line.partition(";")[2].strip(" \\") for line in lines if "==" in line}
    needs = [need for one in metadata.distributions() for need in one.requires or []]
    return locked | {str(Requirement(need).marker or "") for need in needs}


def test_the_names_have_the_values_that_packaging_gives_them():
    assert markers.environment() == {**default_environment()}


@pytest.mark.parametrize("extra", ["", "toml", "crypto", "dev", "test"])
def test_every_marker_in_use_is_read_as_packaging_reads_it(extra):
    found = in_use() - {""}
    assert len(found) > 50
    assert [
        text for text in found if markers.holds(text, extra) != Marker(text).evaluate({"extra": extra})
    ] == []


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        (" ", True),
        (f"sys_platform == '{sys.platform}'", True),
        (f"'{sys.platform}' != sys_platform", False),
        ("python_version >= '3.9'", True),  # as texts 3.11 would come first
        ("python_full_version <= '3.11.0a6'", False),
        ("python_version < '3.11' and extra == 'toml'", False),
        ("python_version < '3.11' or extra == 'toml'", True),
        ("(python_version < '3') or (python_version >= '3' and extra in 'toml,crypto')", True),
        ("extra not in 'toml'", False),
        ("python_version == '3.*'", True),
        ("python_full_version == '3.1.*'", False),
        ("python_version != '2.*'", True),
    ],
)
def test_rows(marker, holds):
    assert markers.holds(marker, "toml") is holds


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("3.9", "3.11"), ("3.13.0rc1", "3.13"), ("3.13.0rc1", "3.13.0rc2"), ("3.13", "3.13.1")],
)
def test_versions_sort_as_versions(lower, higher):
    assert markers._version(lower) < markers._version(higher)


def test_zeros_at_the_end_of_a_version_say_nothing():
    assert markers._version("3.13") == markers._version("3.13.0")


@pytest.mark.parametrize(
    "marker",
    [
        "python_version ~= '3.9'",
        "python_version >= '3.*'",
        "nonsense == 'x'",
        "sys_platform",
        "1 < 2 < 3",
        "extra == 1",
        "extra is 'x'",
        "__import__('os')",
    ],
)
def test_what_is_not_known_is_refused(marker):
    with pytest.raises(ValueError, match=r"marker|version|comparison|name"):
        markers.holds(marker)
