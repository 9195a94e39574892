"""What is over a bound is refused before it is built, with the place; what the contract allows is not."""

import contextlib
import json
from collections.abc import Callable

import pytest

from contracts.model.bounds import DOCUMENT_BYTES, TEXT_BYTES, VALUES, check_size
from contracts.model.document import parse
from contracts.model.errors import GatewayError
from tests.support.steps import Steps

LONGEST = 65_536


def keys(count: int) -> bytes:
    return b"{" + b",".join(b'"k%d":0' % number for number in range(count)) + b"}"


def dumps(value: object) -> bytes:
    return json.dumps(value).encode()


PEOPLE = [{"profile_id": number, "profile_type": "tutor", "user_id": number} for number in range(180_000)]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        pytest.param(keys(800_000), 400, "$.body: holds more than", id="800,000 keys"),
        pytest.param(
            keys(40_000)[:-1] + b',"k39999":1}', 400, "holds more than", id="40,000 keys, one twice"
        ),
        pytest.param(
            dumps({"participants": PEOPLE}), 400, "$.body.participants: holds more", id="participants"
        ),
        pytest.param(
            dumps({"type": "group", "participant_user_ids": [*range(1_000_000)]}),
            400,
            "$.body.participant_user_ids: holds more",
            id="a million ids",
        ),
        pytest.param(dumps({"content": "x" * 9_900_000}), 422, "$.body.content: is too long", id="a text"),
        pytest.param(dumps({"content": ", " * 4_900_000}), 422, "$.body.content: is too long", id="prose"),
        pytest.param(b'{"a":"' + b"\\" * 9_000_000, 422, "$.body.a: is too long", id="a text without an end"),
        pytest.param(b"[" + b"[]," * 3_000_000, 400, "$.body: holds more than", id="brackets"),
        pytest.param(b"[" * 100_000, 400, "$.body: nested too deeply", id="depth"),
        pytest.param(b" " * 9_000_000, 413, "at most 1048576 bytes", id="spaces"),
        pytest.param(b'{"a":' + b"9" * 9_000_000 + b"}", 413, "at most 1048576 bytes", id="digits"),
        pytest.param(
            dumps({f"c{number}": "," * 250_000 for number in range(40)}), 413, "at most", id="many texts"
        ),
    ],
)
def test_what_is_over_a_bound_is_refused_and_says_where(body: bytes, status: int, said: str) -> None:
    with pytest.raises(GatewayError) as caught:
        parse(body)
    assert caught.value.status == status
    assert said in caught.value.message


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(dumps({"content": "\U0001f600" * LONGEST}), id="every character escaped"),
        pytest.param(dumps({"content": ",[{" * (LONGEST // 3)}), id="separators in a text"),
        pytest.param(dumps({"content": '\\",' * (LONGEST // 3)}), id="escapes in a text"),
        pytest.param(dumps({"participants": PEOPLE[:1_000]}), id="a thousand participants"),
        pytest.param(dumps({"participant_user_ids": [10**18] * 1_000}), id="a thousand ids"),
        pytest.param(dumps({"points": [[number, number] for number in range(1_600)]}), id="a stroke"),
    ],
)
def test_what_the_contract_allows_is_not_over_any_bound(body: bytes) -> None:
    check_size(body)


def test_the_longest_text_fits_in_a_document() -> None:
    assert len(dumps("\U0001f600" * LONGEST)) == TEXT_BYTES + 2 < DOCUMENT_BYTES


def steps(deed: Callable[[], object]) -> int:
    """How many calls, of Python and of C, it takes."""
    count = Steps()
    with count.on(), contextlib.suppress(GatewayError):
        deed()
    return count.count


@pytest.mark.parametrize("megabytes", [1, 10, 40])
@pytest.mark.parametrize("piece", [b"[],", b'"k":0,', b'"xxxx",', b"{", b"0,", b'"', b"\\", b",", b" "])
def test_refusing_takes_no_more_steps_for_more_bytes(piece: bytes, megabytes: int) -> None:
    body = b'{"a":[' + piece * (megabytes * 2**20 // len(piece))
    assert steps(lambda: check_size(body)) < 20 * VALUES
