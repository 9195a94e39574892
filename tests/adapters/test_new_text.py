"""Rows and operations go in as the last and come out again, and nothing around them changes."""

import pytest

from adapters.new_text import add_row, add_to_paths, remove_from_paths, remove_rows, with_import

SEVERAL = """ENDPOINTS = [
    row("a.b", "GET /a"),  # why
]
"""
ONE_LINE = 'ENDPOINTS = [row("a.b", "GET /a")]\n'
TUPLE = 'ENDPOINTS = (\n    row("a.b", "GET /a"),\n)\n'
DOCUMENT = """paths:
  /a:
    get:
      operationId: a.b

components:
  schemas: {}
"""
OPERATION = ["    post:", "      operationId: a.c"]


@pytest.mark.parametrize("text", [SEVERAL, ONE_LINE, TUPLE])
def test_a_row_goes_in_last_and_comes_out(text):
    added = add_row(text, "ENDPOINTS", 'row("a.c", "POST /a")')
    rows: dict[str, list[str]] = {}
    exec(added, {"row": lambda *words: words[0]}, rows)
    assert list(rows["ENDPOINTS"]) == ["a.b", "a.c"]
    assert "a.c" not in remove_rows(added, "ENDPOINTS", "a.c")
    assert "a.b" in remove_rows(added, "ENDPOINTS", "a.c")


def test_what_stands_around_a_row_stays():
    added = add_row(SEVERAL, "ENDPOINTS", 'row("a.c", "POST /a")')
    assert "# why" in added
    assert remove_rows(added, "ENDPOINTS", "a.c") == SEVERAL


def test_a_table_that_is_not_there():
    with pytest.raises(LookupError, match="ROUTES"):
        add_row(SEVERAL, "ROUTES", "x")


@pytest.mark.parametrize("route", ["/a", "/b"])
def test_an_operation_goes_into_the_paths_and_comes_out(route):
    added = add_to_paths(DOCUMENT, route, OPERATION)
    assert added.index(f"  {route}:") < added.index("operationId: a.c") < added.index("components:")
    assert added.count(f"  {route}:") == 1
    assert remove_from_paths(added, "a.c") == DOCUMENT


def test_a_document_without_components():
    with pytest.raises(LookupError, match="components"):
        add_to_paths("paths:\n", "/b", OPERATION)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from m import b\n", "from m import a, b\n"),
        ("from m import (\n    b,\n    c,\n)\n", "from m import a, b, c\n"),
        ("from m import a, b\n", "from m import a, b\n"),
    ],
)
def test_a_name_is_imported_once(text, expected):
    assert with_import(text, "m", "a") == expected


def test_a_module_that_is_not_imported():
    with pytest.raises(LookupError, match="other"):
        with_import("from m import a\n", "other", "a")
