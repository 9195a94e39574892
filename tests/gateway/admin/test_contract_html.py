"""Schemas as lines that a person reads."""

import base64
import hashlib

import pytest

from gateway.admin.contract_html import POLICY, STYLE, Field, fields, html, kind, page

DOCUMENT = {
    "info": {"summary": "Things & more", "description": "One.\n\nTwo <b>."},
    "paths": {
        "/things/{id}": {
            "get": {
                "operationId": "things.get",
                "summary": "A <thing>",
                "parameters": [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "schema": {"$ref": "#/components/schemas/Id"},
                    }
                ],
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Id": {"type": "integer", "description": "a number"},
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"$ref": "#/components/schemas/Id"},
                    "name": {"type": ["string", "null"]},
                },
            },
            "Tree": {"properties": {"child": {"$ref": "#/components/schemas/Tree"}}},
        }
    },
}
THING = {"$ref": "#/components/schemas/Thing"}
ID = Field("id", "integer", True, "a number")
NAME = Field("name", "string or null", False, "")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, []),
        (THING, [ID, NAME]),
        ({"type": "array", "items": THING}, [ID._replace(name="[].id"), NAME._replace(name="[].name")]),
        (
            {"properties": {"things": {"type": "array", "items": THING}}},
            [
                Field("things", "list of Thing", False, ""),
                ID._replace(name="things[].id"),
                NAME._replace(name="things[].name"),
            ],
        ),
        (
            {"allOf": [THING, {"properties": {"size": {"type": "integer"}}}]},
            [ID, NAME, Field("size", "integer", False, "")],
        ),
        ({"anyOf": [THING, {"type": "null"}]}, [ID, NAME]),
        (
            {"additionalProperties": THING},
            [Field("*", "Thing", False, ""), ID._replace(name="*.id"), NAME._replace(name="*.name")],
        ),
        (
            {"if": {}, "then": THING, "else": {"properties": {"x": {}}}},
            [ID, NAME, Field("x", "any", False, "")],
        ),
    ],
)
def test_fields(schema, expected):
    assert list(fields(DOCUMENT, schema)) == expected


def test_a_schema_within_itself_ends():
    assert 1 < len(list(fields(DOCUMENT, {"$ref": "#/components/schemas/Tree"}))) < 20


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"enum": ["sent", None]}, 'one of "sent", null'),
        ({"const": True}, "true"),
        ({"type": ["integer", "null"]}, "integer or null"),
        ({"type": "array", "items": THING}, "list of Thing"),
        ({"anyOf": [THING, {"type": "null"}]}, "Thing or null"),
        ({"$ref": "#/components/schemas/Id"}, "integer"),
        ({}, "any"),
    ],
)
def test_kind(schema, text):
    assert kind(DOCUMENT, schema) == text


def test_nothing_of_a_document_becomes_markup():
    text = page("legacy", DOCUMENT, [("/a", "b")])
    assert "A &lt;thing&gt;" in text
    assert "Two &lt;b&gt;." in text
    assert "<b>." not in text
    assert '<a href="/a">b</a>' in text
    assert '<section id="things.get">' in text


def test_the_policy_knows_the_one_style():
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in POLICY
    assert f"<style>{STYLE}</style>" in html("t", "b")
