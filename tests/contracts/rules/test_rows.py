import msgspec
import pytest

from adapters import OPERATIONS
from adapters.legacy.conversations import LISTED
from contracts.model.document import Document, opened
from contracts.rules.lens import lens
from contracts.rules.people import person
from contracts.rules.rows import Rows, join, rows_of
from contracts.rules.shapes import rename

LENSES = {row.name: row.response for row in OPERATIONS}
MESSAGES = Rows("messages", "messages")


@pytest.mark.parametrize(
    ("lens_", "expected"),
    [
        (LENSES["messages.list"], MESSAGES),
        (LENSES["contacts.list"], Rows("contacts", "contacts")),
        (LISTED, Rows(None, "conversations")),
        (LENSES["conversations.get"], None),  # rules at several places
        (LENSES["messages.send"], None),  # no list
        (LENSES["messages.pin"], None),  # no rules
        (lens(person("body.a[]"), rename("body", x="y")), None),  # more than its rows
        (lens(person("body.a[]"), person("body.b[]")), None),
    ],
)
def test_where_the_rows_of_a_list_are(lens_, expected):
    assert rows_of(lens_) == expected


def document(text: bytes) -> Document:
    return Document({}, {}, opened(msgspec.Raw(text), "$.body"))


@pytest.mark.parametrize(
    ("rows", "text", "expected"),
    [
        (MESSAGES, b'{"messages":[{"id":1},{"id":2}],"more":true}', [b'{"id":1}', b'{"id":2}']),
        (Rows(None, "a"), b'[{"id":1}]', [b'{"id":1}']),
        (MESSAGES, b'{"messages":[]}', []),
        (MESSAGES, b'{"messages":5}', None),
        (MESSAGES, b'{"other":[]}', None),
        (MESSAGES, b"[]", None),
        (Rows(None, "a"), b"{}", None),
    ],
)
def test_an_answer_falls_into_rows(rows, text, expected):
    found = rows.split(document(text))
    assert (found if found is None else [bytes(row) for row in found]) == expected


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (b'{"a":1,"messages":[{"id":1},{"id":2}],"b":1.10}', True),
        (b'{"messages":[]}', True),
        (b'{"messages": [{"id":1}]}', False),
        (b'{"messages":[{"id":1}],"messages":[{"id":2}]}', False),
        (b'{"messages":[{"id":1}],"a":1,"a":2}', False),
    ],
)
def test_rows_and_what_is_around_them_are_the_whole_unless_something_was_lost(text, whole):
    answer = document(text)
    assert (join(MESSAGES.around(answer.body), MESSAGES.split(answer)) == text) == whole


def test_a_legacy_answer_of_ours_falls_into_rows_again():
    assert Rows(None, "a").rows_told(b'{"a":[{"x":1},{"x":2}]}') == [
        msgspec.Raw(b'{"x":1}'), msgspec.Raw(b'{"x":2}')
    ]  # fmt: skip
    assert Rows(None, "a").around_told({"a": [1, 2], "b": 5}) == (b'{"a":', b',"b":5}')
