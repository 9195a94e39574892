"""The legacy document against answers that the old server really gave (`contracts/specs/examples/legacy`)."""

import copy
import json
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from contracts.specs import openapi

LEGACY = openapi.load("legacy")
ALL = {operation.name: operation for operation in openapi.operations(LEGACY)}
#: What the old server had.
OPERATIONS = {name: operation for name, operation in ALL.items() if not operation.beyond}
EXAMPLES = files("contracts.specs").joinpath("examples/legacy")


def examples(name: str) -> list[dict[str, Any]]:
    return json.loads(EXAMPLES.joinpath(f"{name}.json").read_text(encoding="utf-8"))


def validator(name: str, status: int = 200, document: dict[str, Any] = LEGACY) -> jsonschema_rs.Validator:
    schema = next(o for o in openapi.operations(document) if o.name == name).answers[status]
    assert schema is not None
    return jsonschema_rs.Draft202012Validator(openapi.alone(document, schema))


def test_the_document_is_valid_openapi():
    validate(LEGACY)


def test_every_operation_has_examples_and_the_other_way_round():
    assert {file.name.removesuffix(".json") for file in EXAMPLES.iterdir()} == set(OPERATIONS)
    assert len(OPERATIONS) == 69


def test_the_examples_stay_small():
    assert sum(len(file.read_bytes()) for file in EXAMPLES.iterdir()) < 400_000


def test_the_modern_document_has_no_other_names():
    """What both clients can do has one name."""
    modern = {operation.name for operation in openapi.operations(openapi.load("2.1"))}
    only_modern = {"media.get", "conversations.read", "turn_credentials.get"}
    only_legacy = {"connections.request", "connections.end", "conversations.delete"}
    assert modern - set(ALL) <= only_modern
    assert set(ALL) - modern <= only_legacy


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_the_old_server_answered_conforms(name):
    for example in examples(name):
        schema = OPERATIONS[name].answers[example["status"]]
        if schema is None:
            assert example["body"] is None
            continue
        errors = list(validator(name, example["status"]).iter_errors(example["body"]))
        assert not errors, (example["case"], [(e.instance_path, e.message) for e in errors])


def without(body: Any, place: str) -> Any:
    """The body without the key at a place such as ``messages.0.id``."""
    left = copy.deepcopy(body)
    *way, key = [int(step) if step.isdigit() else step for step in place.split(".")]
    node = left
    for step in way:
        node = node[step]
    del node[key]
    return left


# What the client cannot do without (it fails loudly), at the first example that has it.
NEEDED = [
    ("conversations.list", "conversations"),
    ("conversations.list", "conversations.0.id"),
    ("conversations.list", "conversations.0.type"),
    ("conversations.list", "conversations.0.unread_count"),
    ("conversations.list", "conversations.0.display_name"),
    ("conversations.list", "conversations.0.avatar"),
    ("conversations.list", "conversations.0.other_profile_type"),
    ("conversations.list", "conversations.0.other_user_id"),
    ("conversations.list", "conversations.0.is_online"),
    ("conversations.list", "conversations.0.last_message.content"),
    ("conversations.list", "conversations.0.last_message.time"),
    ("conversations.list", "conversations.0.created_by_profile_id"),
    ("conversations.list", "conversations.1.participant_count"),
    ("messages.list", "messages"),
    ("messages.list", "total_count"),
    ("messages.list", "messages.0.id"),
    ("messages.list", "messages.0.is_mine"),
    ("messages.list", "messages.0.status"),
    ("messages.list", "messages.0.sender_profile_id"),
    ("messages.list", "messages.0.sender_profile_type"),
    ("messages.list", "messages.0.sender_name"),
    ("messages.list", "messages.0.created_at"),
    ("messages.list", "messages.0.reactions"),
    ("messages.list", "messages.0.forwarded_from_profile_id"),
    ("messages.send", "message_id"),
    ("conversations.create", "conversation_id"),
    ("conversations.get", "participants.0.profile_type"),
    ("conversations.get", "participants.0.user_id"),
    ("conversations.get", "pinned_messages.0.first_name"),
    ("blocks.list", "blocked.0.blocked_profile_id"),
    ("blocks.list", "blocked.0.blocked_profile_type"),
    ("connection_requests.list", "received_requests.0.connection_id"),
    ("presence.bulk", "statuses.tutor_5.is_online"),
    ("polls.list", "polls.0.options"),
    ("polls.list", "polls.0.created_by.profile_type"),
    ("call_logs.list", "call_logs.0.is_caller"),
    ("call_logs.create", "call_log_id"),
    ("sessions.list", "sessions.0.last_active"),
    ("two_step.get", "enabled"),
    ("two_step.verify", "verified"),
    ("data.delete", "conversations_cleared"),
    ("typing.get", "is_someone_typing"),
    ("me.get", "role_ids"),
    ("settings.get", "settings.who_can_message"),
    ("settings.get", "settings.block_screenshots"),
]


@pytest.mark.parametrize(("name", "place"), NEEDED)
def test_what_the_client_reads_is_required(name, place):
    for example in examples(name):
        try:
            broken = without(example["body"], place)
        except (KeyError, IndexError, TypeError):
            continue
        assert not validator(name, example["status"]).is_valid(broken)
        return
    pytest.fail("no example has that place")


SPOILED = [
    ("blocks.list", ("blocked", 0, "blocked_profile_id"), "9"),
    ("blocks.list", ("blocked", 0, "blocked_profile_type"), "Student"),
    ("conversations.list", ("conversations", 0, "id"), None),
    ("conversations.list", ("conversations", 0, "id"), "conv"),
    ("conversations.list", ("conversations", 0, "last_message", "time"), "yesterday"),
    ("messages.list", ("messages", 0, "content"), 7),
    ("messages.list", ("messages", 0, "reactions"), "heart"),
    ("messages.list", ("messages", 0, "is_mine"), 1),
    ("messages.list", ("messages", 0, "status"), "seen"),
    ("messages.send", ("message_id",), "260"),
    ("presence.bulk", ("statuses",), []),
    ("conversations.get", ("participants", 0, "profile_type"), None),
    ("settings.get", ("settings", "read_receipts"), "yes"),
    ("polls.list", ("polls", 0, "options", 0, "votes"), "1"),
]


@pytest.mark.parametrize(("name", "place", "value"), SPOILED)
def test_what_would_break_the_client_deviates(name, place, value):
    """In one example that has the place; all others hold already."""
    for example in examples(name):
        body = copy.deepcopy(example["body"])
        node: Any = body
        try:
            for step in place[:-1]:
                node = node[step]
            node[place[-1]]
        except (KeyError, IndexError):
            continue
        node[place[-1]] = value
        assert not validator(name).is_valid(body)
        return
    pytest.fail("no example has that place")


GATEWAY = openapi.promised(LEGACY)
OLD_ONLY = [
    ("conversations.list", "without name and role"),
    ("messages.list", "without emoji, and naive times"),
    ("contacts.list", "without the spellings of the dialog"),
]


@pytest.mark.parametrize(("name", "why"), OLD_ONLY)
def test_the_gateway_promises_more_than_the_old_server(name, why):
    assert not all(validator(name, document=GATEWAY).is_valid(example["body"]) for example in examples(name))


@pytest.mark.parametrize("type_", ["student", "tutor", "parent", "advertiser", "user"])
def test_a_person_without_profiles_is_a_user(type_):
    schema = openapi.alone(LEGACY, {"$ref": "#/components/schemas/ProfileType"})
    assert jsonschema_rs.is_valid(schema, type_)
    assert not jsonschema_rs.is_valid(schema, type_.title())
