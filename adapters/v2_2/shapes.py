"""The shape rules of the second table; up is towards 2.2."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.model.document import Document, Node, Place, nodes, opened, place, read
from contracts.model.times import with_zone, without_zone
from contracts.rules.lens import Rule, ShapeRule
from contracts.rules.shapes import constant


@dataclass(frozen=True, slots=True)
class Flip:
    """A rule of `contracts.rules.shapes` turned round."""

    rule: ShapeRule

    def to_modern(self, document: Document) -> Document:
        """What the rule does downwards."""
        return self.rule.to_legacy(document)

    def to_legacy(self, document: Document) -> Document:
        """What the rule does upwards."""
        return self.rule.to_modern(document)


def flip(rule: ShapeRule) -> Flip:
    """The rule with its directions exchanged."""
    return Flip(rule)


@dataclass(frozen=True, slots=True)
class Scalar:
    """2.1 has ``{name: value}``; in 2.2 the whole body is the value."""

    name: str

    def to_modern(self, document: Document) -> Document:
        """Take the value out; an absent one is an absent body, which 2.2 refuses by itself."""
        body = document.body if isinstance(document.body, dict) else {}
        return document._replace(body=read(body, self.name))

    def to_legacy(self, document: Document) -> Document:
        """Put the value in; clients of 2.2 that send the object anyway are understood."""
        if isinstance(document.body, dict):
            return document
        return document._replace(body={} if document.body is None else {self.name: document.body})


def scalar(name: str) -> Scalar:
    """A body of one value, bare in 2.2."""
    return Scalar(name)


@dataclass(frozen=True, slots=True)
class FromQuery:
    """Real clients of 2.2 still write into the query what belongs into the body: there it is understood, too."""

    names: tuple[str, ...]

    def to_modern(self, document: Document) -> Document:
        """Nothing to do."""
        return document

    def to_legacy(self, document: Document) -> Document:
        """From the query into the body, unless it stands there."""
        found = {name: document.query.pop(name) for name in self.names if name in document.query}
        if not found or not isinstance(document.body, dict | None):
            return document
        return document._replace(body={**found, **(document.body or {})})


def from_query(*names: str) -> FromQuery:
    """Keys of the body that clients put into the query."""
    return FromQuery(names)


@dataclass(frozen=True, slots=True)
class Times:
    """Times: 2.1 ends them in ``Z``, 2.2 does not."""

    at: Place
    names: tuple[str, ...]

    def to_modern(self, document: Document) -> Document:
        """Leave the zone out."""
        return self._all(document, without_zone)

    def to_legacy(self, document: Document) -> Document:
        """Say the zone."""
        return self._all(document, with_zone)

    def _all(self, document: Document, change: Callable[[Any], Any]) -> Document:
        for _, node in nodes(document, self.at):
            for name in self.names:
                if name in node:
                    node[name] = change(node[name])
        return document


def times(at: str, *names: str) -> Times:
    """Keys of every object at a place that hold times."""
    return Times(place(at), names)


def done() -> Rule:
    """2.1 says ``success`` beside the ``message`` that both have."""
    return constant("body", {"success": True})


def items(body: Node, name: str) -> list[Node]:
    """The objects of a list of a body, each opened one level; KeyError when there is none, TypeError for others."""
    found = [opened(item, f"$.body.{name}[]") for item in opened(body[name], f"$.body.{name}")]
    if not all(isinstance(item, dict) for item in found):
        raise TypeError(f"{name} holds something else than objects")
    return found
