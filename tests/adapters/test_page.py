"""The page of operations: what it says of a row, and that the one in the documentation is of today."""

from pathlib import Path
from typing import Any

import pytest

from adapters import OPERATIONS
from adapters.legacy_upstream import LEGACY_UPSTREAM
from adapters.legacy_upstream.row import Row as LegacyRow
from adapters.legacy_upstream.row import absent
from adapters.page import COMMAND, counted, how, how_v2_2, main, page
from adapters.v2_2 import V2_2
from adapters.v2_2.row import Row, only_ours, row
from contracts.model.document import Document
from contracts.operation import Operation, by_hand, modern_only, operation, upload
from contracts.rules.lens import lens
from contracts.rules.shapes import rename

DOCUMENTED = Path(__file__).parents[2] / "docs" / "operations.md"
RENAMED = lens(rename("body", a="b"))


async def _hand(asked: Document, context: Any) -> Document:
    return asked


async def _guard(asked: Document, context: Any) -> None:
    return None


def test_the_page_in_the_documentation_is_of_today() -> None:
    fresh = page(OPERATIONS, counted(), V2_2, LEGACY_UPSTREAM)
    assert DOCUMENTED.read_text("utf-8") == fresh, f"write it again: {COMMAND}"


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (operation("a.b", "GET /a"), "same"),
        (operation("a.b", "GET /a/{a_id}", modern="GET /b/{a_id}"), "lens (path)"),
        (operation("a.b", "GET /a", request=RENAMED), "lens →"),
        (operation("a.b", "GET /a", request=RENAMED, response=RENAMED), "lens →←"),
        (by_hand("a.b", "GET /a", _hand), "by hand"),
        (modern_only("a.b", "GET /a"), "modern"),
        (upload("a.b", "POST /a"), "streams"),
    ],
)
def test_how_a_row_gets_there(row: Operation, word: str) -> None:
    assert how(row) == word


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        (row("a.b", "GET /a"), "same"),
        (row("a.b", "GET /a", response=RENAMED), "lens ←"),
        (row("a.b", "GET /a", from_2_1=_hand), "by hand"),
        (only_ours("a.b", cannot="No way"), "501: No way"),
    ],
)
def test_how_2_1_is_said_in_2_2(entry: Row, word: str) -> None:
    assert how_v2_2(entry) == word


def test_the_second_table_is_there_when_there_is_one() -> None:
    text = page([], {}, [row("a.b", "GET /a", guard=_guard), only_ours("c.d", cannot="No way")])
    assert text.endswith("| `a.b` | `GET /api/chat/a` | same, guarded |\n| `c.d` | – | 501: No way |\n")
    assert "2.2" not in page([], {})


def test_what_the_old_backend_cannot_do_is_listed() -> None:
    text = page(
        [], {}, [], [absent("a.b", "No way"), LegacyRow("c.d", limits="half of it"), LegacyRow("e.f")]
    )
    assert text.endswith("| `a.b` | 501: No way |\n| `c.d` | half of it |\n")


def test_a_page_has_a_table_for_each_resource() -> None:
    rows = [operation("a.get", "GET /a"), operation("b.get", "GET /b", modern="GET /c")]
    text = page([*rows, operation("a.put", "PUT /a")], {"a.get": 2})
    assert COMMAND in text.splitlines()[0]
    assert "3 operations (2 same, 1 lens), 2 exchanges." in text
    assert text.count("## a\n\n| name |") == 1
    assert "| `a.get` | `GET /api/chat/a` | the same | same | 2 |" in text
    assert "| `b.get` | `GET /api/chat/b` | `GET /api/chat/c` | lens (path) | – |" in text


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    assert main([str(file)]) == 0
    assert file.read_text("utf-8") == page(OPERATIONS, counted(), V2_2, LEGACY_UPSTREAM)
    assert main([]) == 2
