"""Rows in and out of tables in Python files, and operations in and out of OpenAPI documents, as text.

Text, so that comments and layout around them stay as they are.
"""

import ast
from typing import Final

_COMPONENTS: Final = "\ncomponents:"


def _table(text: str, name: str) -> ast.List | ast.Tuple:
    """The list or tuple that is assigned to ``name``. Raises LookupError."""
    for node in ast.parse(text).body:
        if (
            isinstance(node, ast.Assign)
            and [getattr(target, "id", "") for target in node.targets] == [name]
            and isinstance(node.value, ast.List | ast.Tuple)
        ):
            return node.value
    raise LookupError(f"there is no table {name}")


def add_row(text: str, table: str, row: str) -> str:
    """The text with ``row`` as the last of the table. A table that was one line becomes several."""
    node = _table(text, table)
    lines = text.splitlines(keepends=True)
    last = node.elts[-1]
    end = (last.end_lineno or 0) - 1
    before, after = lines[end][: last.end_col_offset], lines[end][last.end_col_offset or 0 :].lstrip(",")
    if after.lstrip().startswith(("]", ")")):
        lines[end] = f"{before},\n    {row},\n{after.lstrip()}"
    else:
        lines[end] = f"{before},{after}    {row},\n"
    return "".join(lines)


def remove_rows(text: str, table: str, name: str, *, method: str = "") -> str:
    """The text without the rows whose arguments name ``name`` (and ``method``)."""
    wanted = {name, method} - {""}
    lines = text.splitlines(keepends=True)
    for element in reversed(_table(text, table).elts):
        words = {node.value for node in ast.walk(element) if isinstance(node, ast.Constant)}
        if wanted <= words:
            del lines[element.lineno - 1 : element.end_lineno]
    return "".join(lines)


def add_to_paths(text: str, route: str, operation: list[str]) -> str:
    """The document with an operation under its path, which is added as the last one if it is new."""
    lines = text.split("\n")
    head = f"  {route}:"
    if head in lines:
        at = _end_of_path(lines, lines.index(head))
        return "\n".join([*lines[:at], *operation, *lines[at:]])
    before, found, after = text.partition(_COMPONENTS)
    if not found:
        raise LookupError("the document has no components")
    return f"{before.rstrip()}\n\n{head}\n" + "\n".join(operation) + f"\n\n{found.lstrip()}{after}"


def _end_of_path(lines: list[str], start: int) -> int:
    """The index behind the last line of the path that begins at ``start``."""
    end = start + 1
    while end < len(lines) and lines[end].startswith("    "):
        end += 1
    return end


def remove_from_paths(text: str, name: str) -> str:
    """The document without the operation, and without its path when nothing else is there."""
    lines = text.split("\n")
    at = lines.index(f"      operationId: {name}") - 1
    end = at + 1
    while end < len(lines) and lines[end].startswith("      "):
        end += 1
    alone = not lines[at - 1].startswith("    ") and not lines[end].startswith("    ")
    return "\n".join(lines[: at - 2] + lines[end:] if alone else lines[:at] + lines[end:])


def with_import(text: str, module: str, name: str) -> str:
    """The text with ``name`` imported from ``module``. Raises LookupError where nothing is imported from it yet."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.module == module:
            names = sorted({alias.name for alias in node.names} | {name}, key=str.lower)
            lines = text.splitlines(keepends=True)
            lines[node.lineno - 1 : node.end_lineno] = [f"from {module} import {', '.join(names)}\n"]
            return "".join(lines) if name not in {alias.name for alias in node.names} else text
    raise LookupError(f"nothing is imported from {module}")
