"""Examples come from the exchanges, stand in the right place, and keep the contract they illustrate."""

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from contracts.specs import openapi
from contracts.specs.openapi_examples import Example, examples, illustrated, recorded

SHAPES = ("legacy", "2.1", "2.2")


def content(shape: str, name: str) -> tuple[dict, dict]:
    """The request's and the answer's media type of an operation in the illustrated document."""
    said = next(
        part
        for path in illustrated(shape)["paths"].values()
        for part in path.values()
        if isinstance(part, dict) and part.get("operationId") == name
    )
    json_of = [
        node["content"]["application/json"] for node in (said["requestBody"], said["responses"]["200"])
    ]
    return json_of[0], json_of[1]


def test_each_shape_shows_its_own_side():
    asked, told = content("legacy", "messages.send")
    sent, answered = content("2.1", "messages.send")
    assert "conversation_id" in asked["examples"]["text"]["value"]
    assert "conversation_id" not in sent["examples"]["text"]["value"]
    assert "message_id" in told["examples"]["text"]["value"]
    assert "message_id" not in answered["examples"]["text"]["value"]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_illustrated_document_is_valid_and_the_plain_one_untouched(shape):
    validate(illustrated(shape))
    assert "examples'" not in str(openapi.load(shape)["paths"])


def test_an_operation_without_exchange_has_no_examples():
    assert examples("legacy", "no.such") == []
    assert recorded("legacy", "no.such") == []


def test_recorded_answers_are_at_hand():
    assert {row["status"] for row in recorded("legacy", "connections.create")} == {201}


CASES = [
    pytest.param(shape, contract, example, id=f"{shape}-{contract.name}-{example.case}")
    for shape in SHAPES
    for contract in openapi.operations(openapi.load(shape))
    for example in examples(shape, contract.name)
]


@pytest.mark.parametrize(("shape", "contract", "example"), CASES)
def test_examples_keep_the_contract(shape, contract: openapi.Contract, example: Example):
    """For the legacy side with all that the gateway promises beyond the old server."""
    document = openapi.promised(openapi.load(shape))
    schemas = openapi.promised([contract.body, next(iter(contract.answers.values()))])
    for schema, value in zip(schemas, (example.asked, example.answered), strict=True):
        if schema is not None and value is not None:
            alone = openapi.alone(document, schema)
            errors = jsonschema_rs.Draft202012Validator(alone, validate_formats=True).iter_errors(value)
            assert [(error.instance_path, error.message) for error in errors] == []


def test_there_are_cases():
    assert len(CASES) > 40
