"""The contracts as a page for people: plain HTML without scripts, made from the OpenAPI documents."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from typing import Any, Final, NamedTuple

from contracts.specs.openapi import Contract, Part, followed, operations
from contracts.specs.openapi_examples import examples

STYLE: Final = files(__package__).joinpath("contract_html.css").read_text(encoding="utf-8")
_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
#: Nothing may be loaded and nothing may run; the one style is known by its hash.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_HASH}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_CODE: Final = re.compile(r"`([^`]+)`")
_DEEPEST: Final = 8
_LONGEST_EXAMPLE: Final = 6000
_NAMES: Final = {
    "legacy": "Legacy: profile_id and profile_type",
    "2.1": "Modern 2.1: user_id",
    "2.2": "Modern 2.2: as deployed today",
}


class Field(NamedTuple):
    """A line of a schema: ``name`` is its path, ``messages[].id``."""

    name: str
    kind: str
    required: bool
    description: str


def fields(document: Part, schema: Part, name: str = "", depth: int = 0) -> Iterator[Field]:
    """What a schema says, flattened; parts that occur twice (``allOf``) follow each other."""
    schema = followed(document, schema)
    for part in schema.get("allOf", []):
        yield from fields(document, part, name, depth)
    if depth > _DEEPEST:
        return
    required = schema.get("required", [])
    for key, value in schema.get("properties", {}).items():
        yield from _field(document, value, f"{name}.{key}" if name else key, key in required, depth)
    if "items" in schema:
        yield from fields(document, schema["items"], f"{name}[]", depth + 1)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _field(document, schema["additionalProperties"], f"{name}.*".lstrip("."), False, depth)
    for branch in schema.get("anyOf", []):
        yield from fields(document, branch, name, depth + 1)
    for key in ("then", "else"):
        yield from fields(document, schema.get(key, {}), name, depth + 1)


def _field(document: Part, value: Part, name: str, required: bool, depth: int) -> Iterator[Field]:
    found = followed(document, value)
    description = value.get("description") or found.get("description") or ""
    yield Field(name, kind(document, value), required, description)
    yield from fields(document, value, name, depth + 1)


def kind(document: Part, schema: Part) -> str:
    """The kind of a value in words: ``integer or null``, ``one of "sent", "read"``, ``list of Message``."""
    name: str = schema.get("$ref", "").rpartition("/")[2]
    schema = followed(document, schema)
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "anyOf" in schema:
        return " or ".join(kind(document, branch) for branch in schema["anyOf"])
    types = schema.get("type", "object" if "properties" in schema or "allOf" in schema else "any")
    if types == "array":
        return f"list of {kind(document, schema.get('items', {}))}"
    if name and types == "object":
        return name
    return types if isinstance(types, str) else " or ".join(types)


def page(shape: str, document: Part, links: Iterable[tuple[str, str]]) -> str:
    """The reading page of one shape; ``links`` are (address, text) of what else there is."""
    contracts = operations(document)
    body = "\n".join(
        (
            f"<header><h1>{escape(_NAMES[shape])}</h1>",
            f"<p>{escape(document['info'].get('summary', ''))}</p>",
            *(f"<p>{_prose(text)}</p>" for text in document["info"].get("description", "").split("\n\n")),
            f"<p class=links>{' · '.join(_link(*link) for link in links)}</p></header>",
            f"<nav aria-label=Operations><ul>{''.join(_entry(contract) for contract in contracts)}</ul></nav>",
            f"<main>{''.join(_section(shape, document, contract) for contract in contracts)}</main>",
        )
    )
    return html(_NAMES[shape], body)


def html(title: str, body: str) -> str:
    """A whole page around a body that is HTML already."""
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _prose(text: str) -> str:
    """Text as HTML; what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def _entry(contract: Contract) -> str:
    return f"<li>{_link('#' + contract.name, contract.name)}</li>"


def _section(shape: str, document: Part, contract: Contract) -> str:
    status, answer = next(iter(contract.answers.items()))
    schema = _link(f"/contracts/schemas/{shape}/{contract.name}.json", "JSON Schema") if answer else ""
    return "\n".join(
        (
            f'<section id="{escape(contract.name)}"><h2>{escape(contract.name)}</h2>',
            f"<p class=route><b>{contract.method}</b> <code>{escape(contract.template)}</code></p>",
            f"<p>{_prose(contract.summary)}</p>",
            _table("Parameters", _parameters(document, contract)),
            _table("Body", fields(document, contract.body) if contract.body else ()),
            f"<h3>Answer {status} {schema}</h3>",
            _table("", fields(document, answer) if answer else ()) or "<p>no body of fields</p>",
            *_examples(shape, contract.name),
            "</section>",
        )
    )


def _parameters(document: Part, contract: Contract) -> Iterator[Field]:
    for parameter in contract.parameters:
        kinds = f"{kind(document, parameter.schema)}, in the {parameter.place}"
        yield Field(parameter.name, kinds, parameter.required, "")


def _table(title: str, rows: Iterable[Field]) -> str:
    response = "".join(_row(row) for row in dict.fromkeys(rows))
    if not response:
        return ""
    heading = f"<h3>{escape(title)}</h3>" if title else ""
    head = "<tr><th scope=col>Name<th scope=col>Kind<th scope=col>Always<th scope=col>Meaning</tr>"
    return f"{heading}<div class=wide><table><thead>{head}</thead><tbody>{response}</tbody></table></div>"


def _row(row: Field) -> str:
    always = "yes" if row.required else ""
    return (
        f"<tr><th scope=row><code>{escape(row.name)}</code><td>{escape(row.kind)}"
        f"<td>{always}<td>{_prose(row.description)}</tr>"
    )


def _examples(shape: str, operation: str) -> Iterator[str]:
    for example in examples(shape, operation)[:1]:
        for title, value in (("asked", example.asked), ("answered", example.answered)):
            if value is not None:
                yield f"<details><summary>Example: {title}</summary><pre>{_shown(value)}</pre></details>"


def _shown(value: Any) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return escape(text if len(text) <= _LONGEST_EXAMPLE else text[:_LONGEST_EXAMPLE] + "\n…")
