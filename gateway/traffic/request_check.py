"""Does a request, as an upstream would get it, keep to the upstream's contract?"""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import msgspec

from contracts.operation import Operation
from contracts.specs.openapi import Contract, Part, alone, operations

_PARAMETER: Final = re.compile(r"\\\{[^}]*\\\}")
_INDEX: Final = re.compile(r"\[\d+\]")


class RequestCheck:
    """``document`` is the contract as OpenAPI; only its own operations are known."""

    def __init__(self, document: Part, rows: Iterable[Operation]) -> None:
        self._document = document
        names = {row.name for row in rows}
        self._contracts = [(_pattern(one.template), one) for one in operations(document) if one.name in names]
        self._schemas: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def broken(self, method: str, target: str, body: bytes) -> list[str]:
        """The places that break it, ``$`` for a request that it does not have."""
        url = urlsplit(target)
        contract = self._find(method, url.path)
        if contract is None:
            return ["$"]
        query = parse_qs(url.query, keep_blank_values=True)
        return [*_missing(contract, query), *self._body(contract, body)]

    def _find(self, method: str, path: str) -> Contract | None:
        found = (one for pattern, one in self._contracts if one.method == method and pattern.fullmatch(path))
        return min(found, key=lambda one: one.template.count("{"), default=None)

    def _body(self, contract: Contract, body: bytes) -> Iterator[str]:
        if contract.body is None or not body:
            if contract.body is not None and contract.body_required:
                yield "$.body"
            return
        if contract.name not in self._schemas:
            schema = alone(self._document, contract.body)
            self._schemas[contract.name] = jsonschema_rs.Draft202012Validator(schema)
        for error in self._schemas[contract.name].iter_errors(msgspec.json.decode(body)):
            steps = "".join(
                f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path
            )
            yield _INDEX.sub("[]", f"$.body{steps}")


def _missing(contract: Contract, query: dict[str, list[str]]) -> Iterator[str]:
    for one in contract.parameters:
        if one.place == "query" and one.required and one.name not in query:
            yield f"$.query.{one.name}"


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub("[^/]+", re.escape(template)))
