"""The contracts over HTTP: whole, guarded by the admin address, and inert in a browser."""

import json
import re
import threading

import jsonschema_rs
import pytest
import yaml
from aiohttp.test_utils import TestClient, TestServer

from contracts.specs import openapi
from contracts.specs.openapi_examples import recorded
from gateway.admin import contract_pages
from gateway.admin.listener import admin_application
from gateway.telemetry.metrics import Metrics

SHAPES = ["legacy", "2.1", "2.2"]


@pytest.fixture
async def client():
    app = admin_application(Metrics(), {}, None, contract_pages.routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def get(client, path, status=200):
    answer = await client.get(path)
    assert answer.status == status, await answer.text()
    return answer


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("/contracts", "_html"),
        ("/contracts/2.1", "_html"),
        ("/contracts/2.1.yaml", "_documents"),
        ("/contracts/2.1.json", "_documents"),
        ("/contracts/schemas/2.1/blocks.list.json", "_schemas"),
    ],
)
async def test_nobody_waits_until_a_page_has_been_made(client, monkeypatch, path, made):
    makers, make = [], getattr(contract_pages, made)

    def noting(shape):
        makers.append(threading.current_thread())
        return make(shape)

    monkeypatch.setattr(contract_pages, made, noting)
    await get(client, path)
    assert makers != [threading.current_thread()]
    assert len(makers) == 1


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_documents_are_whole_and_have_examples(client, shape):
    as_yaml = await get(client, f"/contracts/{shape}.yaml")
    as_json = await get(client, f"/contracts/{shape}.json")
    document = await as_json.json()
    assert yaml.safe_load(await as_yaml.text()) == document
    assert (as_yaml.content_type, as_json.content_type) == ("application/yaml", "application/json")
    assert {c.name for c in openapi.operations(document)} == {
        c.name for c in openapi.operations(openapi.load(shape))
    }
    template = "/api/chat/contacts"
    answer = document["paths"][template]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["examples"]


@pytest.mark.parametrize("contract", openapi.operations(openapi.load("legacy")), ids=lambda c: c.name)
async def test_every_legacy_answer_has_a_schema(client, contract):
    schema = next(iter(contract.answers.values()))
    path = f"/contracts/schemas/legacy/{contract.name}.json"
    if schema is None:
        await get(client, path, 404)
        return
    alone = json.loads(await (await get(client, path)).text())
    assert all(jsonschema_rs.is_valid(alone, row["body"]) for row in recorded("legacy", contract.name))
    assert not jsonschema_rs.is_valid(alone, "no document at all")


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_page_names_every_operation_and_links_where_something_is(client, shape):
    html = await (await get(client, f"/contracts/{shape}")).text()
    for contract in openapi.operations(openapi.load(shape)):
        assert f'id="{contract.name}"' in html
    links = set(re.findall(r'href="(/[^"]+)"', html))
    assert len(links) > 20
    for link in links:
        await get(client, link)


async def test_the_page_can_load_and_run_nothing(client):
    answer = await get(client, "/contracts")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    html = await answer.text()
    assert re.search(r"<script|\bsrc=|<link|\son[a-z]+=|style=", html) is None
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/contracts/3.0",
        "/contracts/3.0.yaml",
        "/contracts/schemas/legacy/no.such.json",
        "/contracts/../x.json",
    ],
)
async def test_what_is_not_there_is_404(client, path):
    body = await (await get(client, path, 404)).json()
    assert set(body) >= {"detail", "code"}


async def test_frames_are_served_where_they_are_described(client, monkeypatch, tmp_path):
    file = tmp_path / "frames.md"
    monkeypatch.setattr(contract_pages, "_frames_file", lambda: file)
    await get(client, "/contracts/frames.md", 404)
    file.write_text("# Frames", encoding="utf-8")
    answer = await get(client, "/contracts/frames.md")
    assert (answer.content_type, await answer.text()) == ("text/markdown", "# Frames")


async def test_the_pages_are_guarded_like_the_rest():
    app = admin_application(Metrics(), {}, "a-token-for-operators", contract_pages.routes())
    async with TestClient(TestServer(app)) as client:
        await get(client, "/contracts", 401)
