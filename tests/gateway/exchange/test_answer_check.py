"""What an upstream may say with success."""

import json

import pytest

from gateway.exchange.answer_check import LONGEST_NUMBER, AnswerCheck

LONG = {"messages": [{"id": n, "content": f"{n} " * 50, "x": {"y": [n]}} for n in range(50)]}
LONG_TEXT = json.dumps(LONG, separators=(",", ":"))
BAD = [
    b"",
    b"  ",
    b"null",
    b"5",
    b'"text"',
    b"{nonsense",
    b'{"a":1}x',
    b'{"a":"\xff"}',
    b'{"\xff":1}',
    b'{"a":1,"a":2}',
    b'{"a":{"b":1,"b":1}}',
    b'{"a":NaN}',
    b'{"id":%b}' % (b"1" * 100_000),
    b'{"id":1.%b}' % (b"1" * 100_000),
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
]
GOOD = [
    b"{}",
    b"[]",
    b' {"a" : 1}\n',
    b'{"a":1.10,"b":"\\ud800","c":%b}' % (b"1" * LONGEST_NUMBER),
    LONG_TEXT.encode(),
    json.dumps(LONG).encode(),
    json.dumps(LONG, ensure_ascii=False, indent=1).encode(),
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: body[:20])
def test_what_two_readers_would_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        AnswerCheck()(body)


@pytest.mark.parametrize("body", GOOD, ids=lambda body: body[:20])
def test_a_document_passes_however_it_is_written(body: bytes) -> None:
    check = AnswerCheck()
    check(body)
    check(body)


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ('"id":7,', '"id":7,"id":8,'),
        ('{"messages":', '{"messages":[],"messages":'),
        ('"y":[7]', '"y":[7],"y":[7]'),
        ('"id":7,', '"id":' + "7" * 5000 + ","),
        ("7 7 7", "7 7\\x07 7"),
        ('[{"id":0', '[,{"id":0'),
    ],
)
def test_a_fault_deep_inside_a_long_one_is_found(found: str, instead: str) -> None:
    check = AnswerCheck()
    check(LONG_TEXT.encode())
    assert found in LONG_TEXT
    with pytest.raises(ValueError, match=r".*"):
        check(LONG_TEXT.replace(found, instead, 1).encode())


def test_only_what_has_changed_is_looked_at_again() -> None:
    elements = [json.dumps({"id": n, "content": "x" * 2000}) for n in range(100)]
    check = AnswerCheck()
    check(f'{{"messages":[{",".join(elements)}]}}'.encode())
    before = check.looked_at
    check(f'{{"messages":[{",".join(elements)}]}}'.encode())
    assert check.looked_at == before
    elements[5] = elements[5].replace("x", "y")
    check(f'{{"messages":[{",".join(elements)}]}}'.encode())
    assert check.looked_at - before == len(elements[5])
