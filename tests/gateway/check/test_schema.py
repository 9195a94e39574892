"""Deviations in words: one row a kind."""

import pytest

from gateway.check.schema import Deviation, address, deviations

TEXT = {"type": "string"}


def obj(**properties):
    return {"type": "object", "required": list(properties), "properties": properties}


@pytest.mark.parametrize(
    ("schema", "body", "expected"),
    [
        (TEXT, "a", []),
        (TEXT, 1, [("$", "string", "1")]),
        ({"type": ["integer", "null"]}, "a", [("$", "integer or null", '"a"')]),
        (obj(a=TEXT), {}, [("$.a", "present", "absent")]),
        (obj(a=TEXT), {"a": []}, [("$.a", "string", "a list")]),
        (obj(a=obj(b=TEXT)), {"a": {}}, [("$.a.b", "present", "absent")]),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, [("$.b", "present", "absent")]),
        ({"enum": ["a", None]}, "b", [("$", 'one of "a", null', '"b"')]),
        ({"const": True}, False, [("$", "true", "false")]),
        ({"pattern": "Z$"}, "now", [("$", "text like Z$", '"now"')]),
        ({"minimum": 1}, 0, [("$", "0 is less than the minimum of 1", "0")]),
        ({"type": "string", "format": "date-time"}, "now", [("$", '"now" is not a "date-time"', '"now"')]),
        # The form that fits the value's own kind speaks; when there is none, all are named.
        ({"anyOf": [obj(a=TEXT), {"type": "null"}]}, {"a": 1}, [("$.a", "string", "1")]),
        ({"anyOf": [obj(a=TEXT), {"type": "null"}]}, {}, [("$.a", "present", "absent")]),
        ({"anyOf": [obj(a=TEXT), {"type": "null"}]}, 7, [("$", "object or null", "7")]),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1}, [("$.b", "present", "absent")]),
        # A list with the same fault a hundred times says it once, at the first.
        (
            {"items": obj(a=TEXT)},
            [{"a": "x"}, {"a": 1}, {"a": 2}, {}],
            [("$[1].a", "string", "1"), ("$[3].a", "present", "absent")],
        ),
    ],
)
def test_deviations(schema, body, expected):
    assert [tuple(deviation) for deviation in deviations(schema, body)] == expected


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([], "$"),
        (["messages", 0, "id"], "$.messages[0].id"),
        (["statuses", "tutor_5"], "$.statuses.tutor_5"),
        (["connections", "5"], '$.connections["5"]'),
    ],
)
def test_address(steps, text):
    assert address(steps) == text


def test_a_deviation_reads_as_a_sentence():
    assert str(Deviation("$.a", "string", "1")) == "`$.a`: expected string, got 1"
