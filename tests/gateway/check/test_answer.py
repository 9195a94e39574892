"""Answers of a server under test."""

import pytest

from gateway.check.answer import answer_of, short


@pytest.mark.parametrize(
    ("status", "text", "missing", "said"),
    [
        (404, '{"detail": "Not Found"}', True, '404 "Not Found"'),
        (404, '{"detail": "Message not found"}', False, '404 "Message not found"'),
        (404, "", True, '404 ""'),
        (404, "[]", True, "404 a list"),
        (405, '{"detail": "Method Not Allowed"}', True, '405 "Method Not Allowed"'),
        (401, '{"detail": "Not authenticated"}', False, '401 "Not authenticated"'),
        (422, '{"detail": [{"loc": []}]}', False, "422 a list"),
        (200, "{}", False, "200 null"),
    ],
)
def test_is_the_route_missing(status, text, missing, said):
    answer = answer_of(status, text)
    assert (answer.is_missing, str(answer)) == (missing, said)


@pytest.mark.parametrize(
    ("text", "body", "is_json"), [('{"a": 1}', {"a": 1}, True), ("<p>", "<p>", False), ("null", None, True)]
)
def test_what_is_no_json_is_text(text, body, is_json):
    answer = answer_of(200, text)
    assert (answer.body, answer.is_json) == (body, is_json)


@pytest.mark.parametrize(
    ("value", "text"),
    [({"a": 1}, "an object"), ([1], "a list"), (None, "null"), (True, "true"), ("é", '"é"')],
)
def test_values_are_shown_short(value, text):
    assert short(value) == text


def test_a_long_value_is_cut():
    assert len(short("x" * 1000)) == 81
