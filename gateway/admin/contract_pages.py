"""The contracts on the admin address: documents, JSON Schemas, the socket's frames, and a page to read.

/contracts                              the page of the legacy shape
/contracts/{shape}                      the page of a shape: legacy, 2.1
/contracts/{shape}.yaml, .json          its OpenAPI document, with examples in it
/contracts/schemas/{shape}/{op}.json    the JSON Schema of an operation's answer
/contracts/frames.md                 the frames of the sockets

The first page of a shape takes a quarter of a second to make. It is made in a thread, so that no client waits for it.
"""

import asyncio
import json
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import msgspec
from aiohttp import web

from contracts.model.errors import NotFound
from contracts.specs.openapi import DOCUMENTS, alone, load, operations
from contracts.specs.openapi_examples import illustrated
from gateway.admin.contract_html import POLICY, page

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_SCHEMA: Final = "application/schema+json"


def routes() -> list[web.RouteDef]:
    """The pages, for an application that guards them."""
    return [
        web.get("/contracts", _first),
        web.get("/contracts/frames.md", _frames),
        web.get("/contracts/{shape}.yaml", _yaml),
        web.get("/contracts/{shape}.json", _json),
        web.get("/contracts/schemas/{shape}/{operation}.json", _schema),
        web.get("/contracts/{shape}", _page),
    ]


def add_routes(app: web.Application) -> None:
    """Put the pages into an application."""
    app.add_routes(routes())


async def _first(_: web.Request) -> web.Response:
    return _answer(await asyncio.to_thread(_html, "legacy"), "text/html")


async def _page(request: web.Request) -> web.Response:
    return _answer(await asyncio.to_thread(_html, _shape(request)), "text/html")


async def _yaml(request: web.Request) -> web.Response:
    as_yaml, _ = await asyncio.to_thread(_documents, _shape(request))
    return _answer(as_yaml, "application/yaml")


async def _json(request: web.Request) -> web.Response:
    _, as_json = await asyncio.to_thread(_documents, _shape(request))
    return _answer(as_json, "application/json")


async def _schema(request: web.Request) -> web.Response:
    schemas = await asyncio.to_thread(_schemas, _shape(request))
    found = schemas.get(request.match_info["operation"])
    if found is None:
        raise NotFound("There is no such operation, or its answer has no body")
    return _answer(found, _SCHEMA)


async def _frames(_: web.Request) -> web.Response:
    file = _frames_file()
    if not file.is_file():
        raise NotFound("The frames are not described in this installation")
    return _answer(file.read_text(encoding="utf-8"), "text/markdown")


def _answer(body: str, kind: str) -> web.Response:
    return web.Response(text=body, content_type=kind, charset="utf-8", headers=_HEADERS)


def _shape(request: web.Request) -> str:
    shape = request.match_info["shape"]
    if shape not in shapes():
        raise NotFound(f"There are contracts for {', '.join(shapes())}")
    return shape


def shapes() -> tuple[str, ...]:
    """The shapes for which a contract is installed."""
    return tuple(
        shape for shape, name in DOCUMENTS.items() if files("contracts.specs").joinpath(name).is_file()
    )


def _frames_file() -> Traversable:
    return files("contracts.specs").joinpath("frames.md")


@cache
def _documents(shape: str) -> tuple[str, str]:
    """The document as YAML and as JSON."""
    as_json = json.dumps(illustrated(shape))
    # Read back, so that parts used twice are written twice and not as YAML's anchors.
    return msgspec.yaml.encode(json.loads(as_json)).decode(), as_json


@cache
def _html(shape: str) -> str:
    links = [(f"/contracts/{other}", other) for other in shapes()]
    links += [(f"/contracts/{shape}.{kind}", f"OpenAPI as {kind.upper()}") for kind in ("yaml", "json")]
    if _frames_file().is_file():
        links.append(("/contracts/frames.md", "socket frames"))
    return page(shape, load(shape), links)


@cache
def _schemas(shape: str) -> dict[str, str]:
    document = load(shape)
    return {
        contract.name: json.dumps({"title": contract.name, **alone(document, schema)}, indent=1)
        for contract in operations(document)
        for schema in list(contract.answers.values())[:1]
        if schema is not None
    }
