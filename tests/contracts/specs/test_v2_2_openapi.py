"""The document of the deployed shape against what its server really answered (`contracts/specs/examples/2.2`)."""

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from contracts.specs import openapi
from contracts.specs.openapi_examples import recorded

DOCUMENT = openapi.load("2.2")
OPERATIONS = {operation.name: operation for operation in openapi.operations(DOCUMENT)}
#: The deployed code fails here whatever is asked; there is no answer to hold against the document.
BROKEN = {"groups.create", "settings.put"}


def test_the_document_is_valid_openapi():
    validate(DOCUMENT)


def test_it_has_the_operations_that_the_old_server_had():
    legacy = {
        operation.name for operation in openapi.operations(openapi.load("legacy")) if not operation.beyond
    }
    assert set(OPERATIONS) == legacy


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - BROKEN))
def test_what_the_deployed_server_answered_conforms(name):
    rows = recorded("2.2", name)
    assert rows
    wanted = [row for row in rows if row["status"] in OPERATIONS[name].answers]
    assert wanted
    for row in wanted:
        schema = OPERATIONS[name].answers[row["status"]]
        if schema is None:
            assert row["body"] is None
            continue
        errors = jsonschema_rs.Draft202012Validator(openapi.alone(DOCUMENT, schema)).iter_errors(row["body"])
        assert [(row["case"], error.instance_path, error.message) for error in errors] == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("calls.update", {"enum": ["answered", "missed", "declined", "ended"]}),
        ("conversations.mute", {"type": "boolean"}),
        ("conversations.archive", {"type": "boolean"}),
        ("two_step.disable", {"type": "string", "maxLength": 1024}),
        ("two_step.verify", {"type": "string", "maxLength": 1024}),
        ("polls.vote", {"type": "integer"}),
    ],
)
def test_six_bodies_are_one_bare_value(name, kind):
    assert OPERATIONS[name].body == kind


def test_polls_cannot_be_changed():
    told = {name: set(OPERATIONS[name].answers) for name in ("polls.create", "polls.vote", "polls.delete")}
    assert told == {"polls.create": {501}, "polls.vote": {501}, "polls.delete": {501}}
