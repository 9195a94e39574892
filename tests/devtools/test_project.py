"""The project in an environment: its folders are found, its version is known, its commands start."""

import os
import subprocess
import sys
import sysconfig

import pytest

from devtools.project import link
from tests.devtools.places import ROOT

PROJECT = """
[project]
name = "some-thing"
version = "{version}"
dependencies = ["other>=1"]
scripts = {{say = "thing:main"}}
"""
CODE = """
from importlib.metadata import requires, version
def main():
    print(version("some-thing"), requires("some-thing"))
"""


@pytest.fixture(params=["a project", "ein schönes 计划"])
def root(tmp_path, request):
    root = tmp_path / request.param
    root.mkdir()
    (root / "pyproject.toml").write_text(PROJECT.format(version="1.5"))
    (root / "thing.py").write_text(CODE)
    return root


@pytest.fixture
def environment(tmp_path):
    """The site-packages and the Python of an empty virtual environment."""
    place = tmp_path / "eine Umgebung für alle"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True, timeout=60)
    base = {"base": str(place), "platbase": str(place)}
    return tmp_path.__class__(sysconfig.get_path("purelib", "venv", base)), place / "bin" / "python"


def say(python, directory, **variables: str) -> str:
    answer = subprocess.run(
        [python.with_name("say")],
        cwd=directory,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return answer.stdout.strip()


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}], ids=str)
def test_is_installed_from_where_it_lies(root, environment, tmp_path, locale):
    packages, python = environment
    code = "import pathlib, sys; from devtools.project import link; link(*map(pathlib.Path, sys.argv[1:]))"
    command = [sys.executable, "-c", code, root, packages, python]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **locale}, check=True, timeout=60)
    assert say(python, tmp_path, **locale) == "1.5 ['other>=1']"


def test_a_new_version_takes_the_place_of_the_old(root, environment, tmp_path):
    packages, python = environment
    link(root, packages, python)
    (root / "pyproject.toml").write_text(PROJECT.format(version="1.6"))
    link(root, packages, python)
    assert say(python, tmp_path).startswith("1.6")
    assert sorted(path.name for path in packages.glob("some_thing*")) == [
        "some_thing-1.6.dist-info",
        "some_thing.pth",
    ]


def test_every_file_that_was_written_is_recorded(root, environment):
    packages, python = environment
    link(root, packages, python)
    lines = (packages / "some_thing-1.5.dist-info" / "RECORD").read_text().splitlines()
    files = [(packages / line.split(",")[0]).resolve() for line in lines]
    assert all(file.is_file() for file in files)
    assert python.with_name("say") in files
    assert len(lines) == len(set(lines)) == 5
