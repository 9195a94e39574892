"""The helpers around the OpenAPI documents: one row a rule, on a document small enough to read."""

import jsonschema_rs
import pytest

from contracts.specs import openapi

ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"$ref": "#/components/schemas/Id"}}}
SMALL = {
    "paths": {
        "/things/{thing_id}": {
            "parameters": [{"$ref": "#/components/parameters/ThingId"}],
            "get": {
                "operationId": "things.get",
                "summary": "One thing",
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "responses": {
                    "200": {"$ref": "#/components/responses/Thing"},
                    "404": {"description": "none"},
                    "default": {"description": "an error"},
                },
            },
            "put": {
                "operationId": "things.put",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                },
                "responses": {"204": {"description": "done"}},
            },
            "delete": {
                "operationId": "things.delete",
                "x-beyond": True,
                "responses": {"501": {"description": "cannot"}, "default": {"description": "an error"}},
            },
        }
    },
    "components": {
        "parameters": {
            "ThingId": {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "integer"}}
        },
        "responses": {
            "Thing": {
                "description": "a thing",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
            }
        },
        "schemas": {"Id": {"type": "integer"}, "Thing": ITEM, "Unused": {"type": "null"}},
    },
}


def test_an_operation_has_its_references_followed():
    get, put, delete = openapi.operations(SMALL)
    assert (get.name, get.method, get.template, get.summary) == (
        "things.get",
        "GET",
        "/things/{thing_id}",
        "One thing",
    )
    assert [(p.name, p.place, p.required) for p in get.parameters] == [
        ("thing_id", "path", True),
        ("limit", "query", False),
    ]
    assert (get.body, get.body_required, dict(get.answers)) == (
        None,
        False,
        {200: {"$ref": "#/components/schemas/Thing"}},
    )
    assert (put.body, put.body_required, dict(put.answers)) == (
        {"$ref": "#/components/schemas/Thing"},
        True,
        {204: None},
    )
    assert (dict(delete.answers), delete.beyond, put.beyond) == ({501: None}, True, False)


def test_two_spellings_of_a_route_are_equal():
    assert openapi.operations(SMALL)[0].route == "GET /things/{}"


def test_a_schema_alone_brings_what_it_refers_to_and_no_more():
    alone = openapi.alone(SMALL, {"$ref": "#/components/schemas/Thing"})
    assert set(alone["$defs"]) == {"Id", "Thing"}
    assert [jsonschema_rs.is_valid(alone, value) for value in ({"id": 1}, {"id": "1"}, {})] == [
        True,
        False,
        False,
    ]


def test_a_schema_that_refers_to_nothing_has_no_definitions():
    assert openapi.alone(SMALL, {"type": "null"}) == {"$schema": openapi.DIALECT, "type": "null"}


def test_a_recursive_schema_ends():
    tree = {"properties": {"child": {"$ref": "#/components/schemas/Tree"}}}
    document = {"components": {"schemas": {"Tree": tree}}}
    assert list(openapi.alone(document, {"$ref": "#/components/schemas/Tree"})["$defs"]) == ["Tree"]


@pytest.mark.parametrize(
    ("schema", "value", "before", "promised"),
    [
        ({"x-gateway": {"required": ["name"]}}, {}, True, False),
        ({"x-gateway": {"required": ["name"]}}, {"name": 1}, True, True),
        ({"allOf": [{"required": ["id"]}], "x-gateway": {"required": ["name"]}}, {"name": 1}, False, False),
        ({"items": {"x-gateway": {"type": "string"}}}, [1], True, False),
        ({"required": ["id"]}, {"id": 1}, True, True),
    ],
)
def test_what_the_gateway_promises_beyond(schema, value, before, promised):
    assert jsonschema_rs.is_valid(schema, value) is before
    assert jsonschema_rs.is_valid(openapi.promised(schema), value) is promised


@pytest.mark.parametrize("shape", ["legacy", "2.1", "2.2"])
def test_each_shape_has_a_document(shape):
    names = [operation.name for operation in openapi.operations(openapi.load(shape))]
    assert len(names) == len(set(names)) > 20


def test_a_shape_without_a_document_is_named():
    with pytest.raises(FileNotFoundError, match=r"3\.0"):
        openapi.load("3.0")
