"""Which files are given, as what, under which policy."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from web.static_files import STATIC, TYPES, add_files, find


@pytest.fixture
async def client() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    add_files(app, "/demo", STATIC, hidden=frozenset({"dashboard"}))
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/demo/", 200, "text/html"),
        ("/demo/index.html", 200, "text/html"),
        ("/demo/page/page.js", 200, "text/javascript"),
        ("/demo/styles/base.css", 200, "text/css"),
        ("/demo/icon.svg", 200, "image/svg+xml"),
        ("/demo/none.js", 404, None),
        ("/demo/dashboard/index.html", 404, None),
        ("/demo/../serve.py", 404, None),
        ("/demo/%2e%2e/serve.py", 404, None),
        ("/demo/..%2fserve.py", 404, None),
        ("/demo/%5c..%5cserve.py", 404, None),
    ],
)
async def test_files_are_given_with_type_and_policy(
    client: TestClient[web.Request, web.Application], path: str, status: int, kind: str | None
) -> None:
    answer = await client.get(path)
    assert answer.status == status
    if kind:
        assert answer.content_type == kind
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_folder_has_a_slash_and_keeps_the_query(
    client: TestClient[web.Request, web.Application],
) -> None:
    answer = await client.get("/demo?show=legacy", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/demo/?show=legacy")


@pytest.mark.parametrize("name", ["../static_files.py", "/../../pyproject.toml", "a\0b", "page"])
def test_nothing_outside_is_found(name: str) -> None:
    assert find(STATIC, name) is None


FORBIDDEN = re.compile(
    r"insertAdjacentHTML|document\.write|\beval\(|new Function|\.innerHTML|\.outerHTML|\son\w+=|<style|\sstyle="
)
FILES = [file for file in STATIC.rglob("*") if file.is_file()]
OURS = [file for file in FILES if "vendor" not in file.parts]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(STATIC)))
def test_every_file_has_a_type(file: Path) -> None:
    assert file.suffix in TYPES


@pytest.mark.parametrize(
    "file",
    [one for one in OURS if one.suffix in (".js", ".html")],
    ids=lambda file: str(file.relative_to(STATIC)),
)
def test_nothing_makes_markup_of_text(file: Path) -> None:
    """No way from text to markup or code is used anywhere; `shared/dom.js` names them in order to refuse them."""
    text = file.read_text(encoding="utf-8")
    assert FORBIDDEN.findall(text) == []
