"""The OpenAPI documents with examples: what the exchanges ask and answer, put where a reader looks for it.

A legacy document shows the legacy request and response, 2.1 the modern ones; 2.2, which nobody
here chose, what its server really answered.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from contracts.specs.openapi import METHODS, Part, followed, load

_JSON: Final = "application/json"
#: The folders of recorded answers.
SHAPE_FOLDERS: Final = {"legacy": "legacy", "2.2": "v2_2"}


class Example(NamedTuple):
    """One case of an exchange in one shape; a body is None where there is none."""

    case: str
    asked: Any
    answered: Any


def examples(shape: str, operation: str) -> list[Example]:
    """The cases of an operation that are one request and one answer; none where no exchange is written."""
    if shape == "2.2":
        return [Example(row["case"], None, row["body"]) for row in recorded(shape, operation)]
    file = files("contracts").joinpath("exchanges", "legacy", f"{operation}.json")
    if not file.is_file():
        return []
    asked, answered = (
        ("legacy_request", "legacy_response") if shape == "legacy" else ("modern_request", "modern_response")
    )
    cases = json.loads(file.read_text(encoding="utf-8"))["exchanges"]
    return list(_plain(cases, asked, answered))


def _plain(cases: list[Part], asked: str, answered: str) -> Iterator[Example]:
    for case in cases:
        request, answer = case.get(asked), case.get(answered)
        # A case with several requests shows what the gateway does, not what an operation answers.
        if isinstance(request, dict) and not _is_several(case):
            yield Example(case["case"], request.get("body"), answer)


def _is_several(case: Part) -> bool:
    return isinstance(case.get("modern_request"), list)


def recorded(shape: str, operation: str) -> list[Part]:
    """What the old servers (legacy, 2.2) really answered: ``{"case", "status", "body"}``, wanted answers first."""
    file = files(__package__).joinpath("examples", SHAPE_FOLDERS[shape], f"{operation}.json")
    found: list[Part] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return sorted(found, key=lambda row: int(row["status"]))


@cache
def illustrated(shape: str) -> Part:
    """The document of a shape with examples in it, shared: do not change it. Raises FileNotFoundError."""
    document = load(shape)
    paths = {template: _path(document, shape, path) for template, path in document["paths"].items()}
    return {**document, "paths": paths}


def _path(document: Part, shape: str, path: Part) -> Part:
    return {
        key: _operation(document, part, examples(shape, part["operationId"])) if key in METHODS else part
        for key, part in path.items()
    }


def _operation(document: Part, operation: Part, cases: list[Example]) -> Part:
    asked = {case.case: {"value": case.asked} for case in cases if case.asked is not None}
    answered = {case.case: {"value": case.answered} for case in cases if case.answered is not None}
    shown = dict(operation)
    if "requestBody" in operation:
        shown["requestBody"] = _shown(document, operation["requestBody"], asked)
    wanted = next(iter(operation["responses"]))
    shown["responses"] = {
        **operation["responses"],
        wanted: _shown(document, operation["responses"][wanted], answered),
    }
    return shown


def _shown(document: Part, node: Part, values: Part) -> Part:
    found = followed(document, node)
    media = found.get("content", {}).get(_JSON)
    if media is None or not values:
        return node
    return {**found, "content": {**found["content"], _JSON: {**media, "examples": values}}}
