"""The shapes as OpenAPI documents: loading them, their operations, and JSON Schemas that stand alone.

Only data goes in and out; what validates against a schema is chosen by whoever asks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import msgspec

#: A parsed part of a document.
Part = dict[str, Any]

#: The documents by the name of their shape.
DOCUMENTS: Final = {
    "legacy": "legacy.openapi.yaml",
    "2.1": "modern.openapi.yaml",
    "2.2": "v2_2.openapi.yaml",
}
METHODS: Final = ("get", "put", "post", "delete", "patch")
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_IN_DOCUMENT: Final = "#/components/schemas/"
_ALONE: Final = "#/$defs/"
_PARAMETER: Final = re.compile(r"\{[^}]*\}")


class Parameter(NamedTuple):
    """A parameter of an operation. ``place`` is ``path``, ``query`` or ``header``."""

    name: str
    place: str
    required: bool
    schema: Part


class Contract(NamedTuple):
    """One operation of a document, its references to parameters and answers followed.

    ``body`` is the schema of a JSON body or None; ``body_required`` says whether there must be one; ``answers``
    maps a wanted status to the schema of its JSON body, None for an answer without body (where nothing is wanted to
    succeed: what else is documented); ``beyond`` marks what the old server did not have.
    """

    name: str
    method: str
    template: str
    summary: str
    parameters: tuple[Parameter, ...]
    body: Part | None
    body_required: bool
    answers: Mapping[int, Part | None]
    beyond: bool

    @property
    def route(self) -> str:
        """Method and path with every parameter as ``{}``: equal for two spellings of one route."""
        return f"{self.method} {_PARAMETER.sub('{}', self.template)}"


def text(shape: str) -> str:
    """The document of a shape as YAML. Raises FileNotFoundError when there is none for it."""
    name = DOCUMENTS.get(shape)
    file = files(__package__).joinpath(name) if name else None
    if file is None or not file.is_file():
        raise FileNotFoundError(f"there is no contract for the shape {shape}")
    return file.read_text(encoding="utf-8")


def read(shape: str) -> Part:
    """The parsed document of a shape, for one use. Raises FileNotFoundError."""
    document: Part = msgspec.yaml.decode(text(shape).encode())
    return document


@cache
def load(shape: str) -> Part:
    """As `read`, kept and shared: do not change it."""
    return read(shape)


def operations(document: Part) -> list[Contract]:
    """All operations, in the order of the document."""
    return [
        _operation(document, template, path, method)
        for template, path in document["paths"].items()
        for method in METHODS
        if method in path
    ]


def _operation(document: Part, template: str, path: Part, method: str) -> Contract:
    operation = path[method]
    body = operation.get("requestBody", {})
    known = {
        int(status): _json(followed(document, answer))
        for status, answer in operation["responses"].items()
        if status != "default"
    }
    wanted = {status: schema for status, schema in known.items() if status < 300}
    return Contract(
        name=operation["operationId"],
        method=method.upper(),
        template=template,
        summary=operation.get("summary", ""),
        parameters=tuple(
            _parameters(document, [*path.get("parameters", []), *operation.get("parameters", [])])
        ),
        body=_json(body),
        body_required=bool(body.get("required")),
        answers=wanted or known,
        beyond=bool(operation.get("x-beyond")),
    )


def _parameters(document: Part, listed: Iterable[Part]) -> Iterator[Parameter]:
    for item in listed:
        found = followed(document, item)
        yield Parameter(found["name"], found["in"], bool(found.get("required")), found.get("schema", {}))


def _json(node: Part) -> Part | None:
    schema: Part | None = node.get("content", {}).get("application/json", {}).get("schema")
    return schema


def followed(document: Part, node: Part) -> Part:
    """The part itself, or what its ``$ref`` leads to in the document."""
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def alone(document: Part, schema: Part) -> Part:
    """The schema as a JSON Schema of its own: what it refers to comes along in ``$defs``."""
    known = document["components"]["schemas"]
    needed: dict[str, Part] = {}
    waiting = list(_names(schema))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = known[name]
            waiting.extend(_names(known[name]))
    moved = {name: _moved(needed[name]) for name in sorted(needed)}
    return {"$schema": DIALECT, **_moved(schema), **({"$defs": moved} if moved else {})}


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference.removeprefix(_IN_DOCUMENT)
        for value in node.values():
            yield from _names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names(value)


def _moved(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: value.replace(_IN_DOCUMENT, _ALONE) if key == "$ref" else _moved(value)
            for key, value in node.items()
        }
    return [_moved(item) for item in node] if isinstance(node, list) else node


def promised(node: Any) -> Any:
    """The same with every ``x-gateway`` in force: what the gateway promises beyond the old server."""
    if isinstance(node, list):
        return [promised(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: promised(value) for key, value in node.items() if key != "x-gateway"}
    if "x-gateway" in node:
        plain["allOf"] = [*plain.get("allOf", []), promised(node["x-gateway"])]
    return plain
