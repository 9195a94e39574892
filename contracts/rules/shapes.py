"""The shape rules: they move structure and know nobody. Each says both ways.

``up`` goes towards modern, ``down`` towards legacy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from contracts.model.document import Document, Place, encode, nodes, objects, place, read
from contracts.model.errors import InvalidValue
from contracts.model.profile import parse_id

Kind = Literal["text", "bool", "id", "count"]


@dataclass(frozen=True, slots=True)
class Rename:
    """Other names for keys of every object at a place. ``names`` maps modern to legacy."""

    at: Place
    names: tuple[tuple[str, str], ...]

    def to_modern(self, document: Document) -> Document:
        """Legacy names become modern ones."""
        for _, node in nodes(document, self.at):
            for modern, legacy in self.names:
                if legacy in node:
                    node[modern] = node.pop(legacy)
        return document

    def to_legacy(self, document: Document) -> Document:
        """Modern names become legacy ones."""
        for node in objects(document, self.at):
            for modern, legacy in self.names:
                if modern in node:
                    node[legacy] = node.pop(modern)
        return document


def rename(at: str, **names: str) -> Rename:
    """``rename("body.messages[]", modern="legacy")``."""
    return Rename(place(at), tuple(names.items()))


@dataclass(frozen=True, slots=True)
class Wrap:
    """Legacy ``{name: body}``, modern the bare body."""

    name: str

    def to_modern(self, document: Document) -> Document:
        """Take the body out."""
        return document._replace(body=(document.body or {}).get(self.name))

    def to_legacy(self, document: Document) -> Document:
        """Put the body in."""
        return document._replace(body={self.name: document.body})


def wrap(name: str) -> Wrap:
    """Legacy has an object around the body."""
    return Wrap(name)


def _read_kind(text: str, kind: Kind, address: str) -> Any:
    if kind == "bool":
        if text.lower() in ("true", "1", "yes", "on"):
            return True
        if text.lower() in ("false", "0", "no", "off"):
            return False
        raise InvalidValue("must be true or false", place=address)
    if kind == "count":
        return _read_count(text, address)
    return parse_id(text, address) if kind == "id" else text


def _read_count(text: str, address: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise InvalidValue("must be a whole number", place=address)


def _show_kind(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class ToBody:
    """A legacy query parameter that is a key of the modern body. ``default`` is what an absent one means."""

    name: str
    modern: str
    kind: Kind
    default: Any

    def to_modern(self, document: Document) -> Document:
        """From the query into the body."""
        text = document.query.pop(self.name, None)
        body = document.body if isinstance(document.body, dict) else {}
        if text is not None:
            body[self.modern] = _read_kind(text, self.kind, f"$.query.{self.name}")
        elif self.default is not None:
            body[self.modern] = self.default
        return document._replace(body=body)

    def to_legacy(self, document: Document) -> Document:
        """From the body into the query; an empty body disappears."""
        value = read(document.body, self.modern)
        if document.body.pop(self.modern, None) is not None and value != self.default:
            document.query[self.name] = _show_kind(value)
        return document._replace(body=document.body or None)


def to_body(name: str, *, modern: str = "", kind: Kind = "text", default: Any = None) -> ToBody:
    """A query parameter which the modern shape has in its body."""
    return ToBody(name, modern or name, kind, default)


@dataclass(frozen=True, slots=True)
class ToPath:
    """A key of the legacy body that is a part of the modern path."""

    name: str

    def to_modern(self, document: Document) -> Document:
        """From the body into the path; `InvalidValue` when it is no id."""
        body = document.body if isinstance(document.body, dict) else {}
        document.path[self.name] = str(parse_id(read(body, self.name), f"$.body.{self.name}"))
        body.pop(self.name, None)
        return document._replace(body=body)

    def to_legacy(self, document: Document) -> Document:
        """From the path into the body."""
        return document._replace(body={self.name: int(document.path.pop(self.name)), **(document.body or {})})


def to_path(name: str) -> ToPath:
    """A key of the body which the modern shape has in its path."""
    return ToPath(name)


@dataclass(frozen=True, slots=True)
class Constant:
    """Keys that only legacy has, always with the same value (a client reads them, no one sets them)."""

    at: Place
    values: tuple[tuple[str, msgspec.Raw], ...]

    def to_modern(self, document: Document) -> Document:
        """Leave them out."""
        for _, node in nodes(document, self.at):
            for name, _ in self.values:
                node.pop(name, None)
        return document

    def to_legacy(self, document: Document) -> Document:
        """Write them, unless something stands there already."""
        for node in objects(document, self.at):
            for name, value in self.values:
                node.setdefault(name, value)
        return document


def constant(at: str, values: Mapping[str, Any]) -> Constant:
    """Keys with one value each."""
    return Constant(place(at), tuple((name, msgspec.Raw(encode(value))) for name, value in values.items()))


@dataclass(frozen=True, slots=True)
class Copy:
    """A legacy key that repeats another one of the same object. ``names`` maps the repetition to the original."""

    at: Place
    names: tuple[tuple[str, str], ...]

    def to_modern(self, document: Document) -> Document:
        """Leave the repetition out."""
        for _, node in nodes(document, self.at):
            for copy, _ in self.names:
                node.pop(copy, None)
        return document

    def to_legacy(self, document: Document) -> Document:
        """Repeat."""
        for node in objects(document, self.at):
            for copy, original in self.names:
                if original in node:
                    node[copy] = node[original]
        return document


def copy(at: str, **names: str) -> Copy:
    """``copy("body.contacts[]", profile_picture="avatar")``: legacy repeats avatar as profile_picture."""
    return Copy(place(at), tuple(names.items()))
