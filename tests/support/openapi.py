"""Answers against the OpenAPI documents of `contracts/`.

`check(document, operation_id, status, body)` fails with the places that deviate; `find` names the operation of a
request. Documents are those that `load` returned.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import yaml

CONTRACTS = Path(__file__).parents[2] / "contracts" / "specs"
METHODS = ("get", "post", "put", "patch", "delete")
ROOT = "urn:document"


class Operation(NamedTuple):
    method: str
    path: str
    pattern: re.Pattern[str]
    id: str
    spec: dict[str, Any]


class Document:
    """One OpenAPI document, with what is computed from it once."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        # The default would be to read the document as a schema of its own.
        self.registry = jsonschema_rs.Registry([(ROOT, content)], draft=jsonschema_rs.Draft202012)
        self.operations = [
            Operation(
                method,
                path,
                _pattern(path, _choices(content, item, method)),
                item[method]["operationId"],
                item[method],
            )
            for path, item in content["paths"].items()
            for method in METHODS
            if method in item
        ]
        # Fixed segments win over parameters, as in any router.
        self.operations.sort(key=lambda operation: operation.path.count("{"))
        self.validators: dict[str, Any] = {}

    def operation(self, operation_id: str) -> Operation:
        return next(o for o in self.operations if o.id == operation_id)

    def validator(self, pointer: str) -> Any:
        if pointer not in self.validators:
            self.validators[pointer] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"{ROOT}#{pointer}"}, registry=self.registry, validate_formats=True
            )
        return self.validators[pointer]


@cache
def load(name: str = "modern") -> Document:
    """The document `contracts/<name>.openapi.yaml`."""
    return Document(yaml.safe_load((CONTRACTS / f"{name}.openapi.yaml").read_text(encoding="utf-8")))


def find(document: Document, method: str, path: str) -> str | None:
    """The id of the operation that this request is; None when the document has none."""
    for operation in document.operations:
        if operation.method == method.lower() and operation.pattern.fullmatch(path):
            return operation.id
    return None


def check(document: Document, operation_id: str, status: int, body: object) -> None:
    """Fails unless the answer is one that the document promises for this operation and status."""
    operation = document.operation(operation_id)
    responses = operation.spec["responses"]
    key = str(status) if str(status) in responses else "default"
    promised = key in responses and (status >= 400 or key != "default")
    assert promised, f"{operation_id}: {status} is undocumented"
    pointer = f"/paths/{_escaped(operation.path)}/{operation.method}/responses/{key}"
    if "$ref" in responses[key]:
        pointer = responses[key]["$ref"].removeprefix("#")
    errors = document.validator(f"{pointer}/content/application~1json/schema").iter_errors(body)
    deviations = [f"${''.join(f'[{p!r}]' for p in e.instance_path)}: {e.message}" for e in errors]
    assert not deviations, f"{operation_id} {status}: " + "; ".join(deviations)


def _choices(content: dict[str, Any], item: dict[str, Any], method: str) -> dict[str, list[str]]:
    """The parameters of a path that are one of a few words: others are another path."""
    parameters = [*item.get("parameters", []), *item[method].get("parameters", [])]
    named = content.get("components", {}).get("parameters", {})
    resolved = [named[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in parameters]
    return {p["name"]: p["schema"]["enum"] for p in resolved if p["in"] == "path" and "enum" in p["schema"]}


def _pattern(path: str, choices: dict[str, list[str]]) -> re.Pattern[str]:
    def one(found: re.Match[str]) -> str:
        return f"(?:{'|'.join(choices[found[1]])})" if found[1] in choices else "[^/]+"

    return re.compile(re.sub(r"\\\{(\w+)\\\}", one, re.escape(path)))


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
