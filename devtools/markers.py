"""Environment markers (PEP 508), such as ``python_version < "3.12" and sys_platform != "win32"``.

`packaging` reads them too, but it is not there before the first installation.
"""

import ast
import operator
import os
import platform
import re
import sys
from collections.abc import Callable
from typing import Any, Final

_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_VERSIONS: Final = {"python_version", "python_full_version", "implementation_version"}


def holds(marker: str, extra: str = "") -> bool:
    """Whether a marker is true of the interpreter that asks, with one extra asked for or none.

    An empty marker is true. ValueError for what is not a marker, or one of a kind that nobody has used so far
    (``~=``).
    """
    if not marker.strip():
        return True
    try:
        expression = ast.parse(marker.strip(), mode="eval").body
        return _truth(expression, {**environment(), "extra": extra})
    except (SyntaxError, KeyError, AttributeError) as error:
        raise ValueError(f"not a marker that can be read: {marker}") from error


def environment() -> dict[str, str]:
    """The names that a marker may use, but for ``extra``, and their values here."""
    return {
        "os_name": os.name,
        "sys_platform": sys.platform,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "python_full_version": platform.python_version(),
        "implementation_name": sys.implementation.name,
        "implementation_version": platform.python_version(),
    }


def _truth(node: ast.expr, values: dict[str, str]) -> bool:
    if isinstance(node, ast.BoolOp):
        combine = all if isinstance(node.op, ast.And) else any
        return combine(_truth(part, values) for part in node.values)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        raise ValueError(f"not a comparison: {ast.unparse(node)}")
    sides = (node.left, node.comparators[0])
    compare = _COMPARISONS[type(node.ops[0])]
    left, right = (_text(side, values) for side in sides)
    if not {side.id for side in sides if isinstance(side, ast.Name)} & _VERSIONS:
        return bool(compare(left, right))
    if right.endswith(".*") and compare in (operator.eq, operator.ne):
        return bool(compare(f"{left}.".startswith(right[:-1]), True))
    return bool(compare(_version(left), _version(right)))


def _text(node: ast.expr, values: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError(f"neither a name nor a text: {ast.unparse(node)}")


def _version(text: str) -> tuple[tuple[int, ...], bool, str]:
    """Something that sorts as versions do: 3.9 before 3.11, 3.13.0rc1 before 3.13, which is 3.13.0."""
    found = re.fullmatch(r"(\d+(?:\.\d+)*)((?:a|b|rc)\d+)?\+?", text)
    if found is None:
        raise ValueError(f"not a version that can be compared: {text}")
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), not found[2], found[2] or ""
