"""Which fields cross the gateway."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model.errors import HeadersTooLarge, InvalidRequest
from gateway.fields.headers import (
    HOP_BY_HOP,
    MAX_BYTES,
    MAX_FIELDS,
    BadField,
    RequestFields,
    for_client,
    is_set_by_us,
    lines,
    read_request,
)

for_upstream = RequestFields().for_upstream


def spellings(name: str) -> list[str]:
    """The ways to write a name that some backend takes for the same."""
    words = name.split("-")
    joined = [sign.join(words) for sign in ("-", "_", ".", "--", "-_", "")]
    cased = [f(text) for text in joined for f in (str.lower, str.upper, str.title, str.swapcase)]
    return sorted({*cased, *(f"{text}_" for text in cased), *(f"-{text}" for text in cased)})


IDENTITY = [
    "X-User-Id",
    "X-Chat-Profile",
    "X-Profile-Id",
    "X-Profile-Type",
    "X-Remote-User",
    "Remote-User",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Consumer-Username",
    "X-Consumer-Custom-ID",
    "X-Credential-Identifier",
    "X-Authenticated-Userid",
    "X-Forwarded-User",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "CF-Access-Authenticated-User-Email",
    "X-Goog-Authenticated-User-Email",
    "X-Amzn-Oidc-Identity",
    "X-MS-Client-Principal-Name",
    "X-SSL-Client-S-DN",
    "True-Client-IP",
]
FORGED = [spelling for name in IDENTITY for spelling in spellings(name)]


def test_no_spelling_of_an_identity_reaches_the_upstream() -> None:
    assert len(FORGED) > 300
    assert [name for name in FORGED if not is_set_by_us(name)] == []
    assert for_upstream([(name, "1") for name in FORGED]) == []


@pytest.mark.parametrize(
    "name",
    ["Transfer_Encoding", "Content_Length", "transfer.encoding", "Content_Type", "COOKIE_", "X_Chat_API"],
)
def test_another_spelling_of_what_decides_does_not(name: str) -> None:
    assert for_upstream([(name, "v")]) == []


@pytest.mark.parametrize("spelling", ["X-Shop-Customer", "x_shop_customer", "X.SHOP.customer"])
def test_an_operator_names_more(spelling: str) -> None:
    assert for_upstream([(spelling, "v")]) == [(spelling, "v")]
    assert RequestFields(["X-Shop-Customer"]).for_upstream([(spelling, "v"), ("A", "1")]) == [("A", "1")]


@pytest.mark.parametrize(
    "name",
    ["Authorization", "Cookie", "User-Agent", "X-Custom", "Range", "X-Chat-API", "X_Custom", "X-User-Agent"],
)
def test_what_a_client_may_say_goes_upstream(name: str) -> None:
    assert for_upstream([(name, "v")]) == [(name, "v")]


@pytest.mark.parametrize(
    "name",
    [
        *sorted(HOP_BY_HOP),
        "TE",
        "Host",
        "Content-Length",
        "Expect",
        "Forwarded",
        "X-Forwarded-For",
        "X_Forwarded_For",
        "X-Forwarded-Anything",
        "X-Real-IP",
        "X-Request-Id",
        "Via",
    ],
)
def test_what_belongs_to_the_hop_or_is_said_by_us_does_not(name: str) -> None:
    assert for_upstream([(name, "v")]) == []


def test_what_connection_names_is_dropped() -> None:
    fields = [
        ("Connection", "close, X-One"),
        ("connection", " x-two\t"),
        ("X-One", "1"),
        ("X-Two", "2"),
        ("X", "3"),
    ]
    assert for_upstream(fields) == [("X", "3")]


@pytest.mark.parametrize(
    "name", ["Authorization", "cookie", "Content-Type", "Content-Encoding", "Cache-Control"]
)
def test_connection_cannot_take_away_what_is_protected(name: str) -> None:
    fields = [("Connection", f"{name}, {name.upper()}"), (name, "v")]
    assert for_upstream(fields) == [(name, "v")]


@pytest.mark.parametrize(
    "value",
    [
        b"\x85admin\xa0",  # as latin-1, str.strip() makes "admin" of it
        b"admin\xa0",
        b"admin\x85",
        b"\xff",
        "admin\x85".encode(),
        "\u3000admin".encode(),
        "admin\u2028".encode(),
        b"a\x01b",
        b"a\x7fb",
        b"a\rb",
        b"a\nb",
        b"a\0b",
        b"a\x1c",
    ],
)
def test_values_that_two_readers_would_read_differently_are_refused(value: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_request([(b"Authorization", value)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"Cookie", b"a=\xe9; b=1"),
        (b"Cookie", b"a=\xa0"),
        (b"Referer", b"/caf\xe9?x"),
        (b"X-A", b"\xff"),
        (b"X-A", "voil\u00e0".encode()),
    ],
)
def test_what_we_do_not_read_passes_byte_for_byte(name: bytes, value: bytes) -> None:
    [(_, text)] = read_request([(name, value)])
    assert text.encode("utf-8", "surrogateescape") == value


@pytest.mark.parametrize("name", [b"X-A", b"Authorization"])
@pytest.mark.parametrize(
    "value", [b"\x85admin\xa0", b"admin\xa0", "\u3000admin".encode(), "admin\u2028".encode()]
)
def test_nothing_ends_in_what_some_strip_takes_away(name: bytes, value: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_request([(name, value)])


@pytest.mark.parametrize("value", [b"a\x01b", b"a\x7fb", b"a\rb", b"a\nb", b"a\0b", b"a\x1c"])
def test_control_characters_never_pass(value: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_request([(b"X-A", value)])


@pytest.mark.parametrize("name", [b"", b"X A", b"X\xa0", b"X:", b"X\0", "Ü".encode()])
def test_names_that_are_no_tokens_are_refused(name: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_request([(name, b"v")])


def test_text_in_utf_8_is_kept() -> None:
    assert read_request([(b"X-A", "grüße".encode()), (b"X-B", b"a\tb  c")]) == [
        ("X-A", "grüße"),
        ("X-B", "a\tb  c"),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        [(b"X-%d" % n, b"v") for n in range(MAX_FIELDS + 1)],
        [(b"X-%d" % n, b"v" * 4096) for n in range(4)],
        [(b"X", b"v" * MAX_BYTES)],
    ],
)
def test_too_many_fields_are_refused(raw: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(HeadersTooLarge):
        read_request(raw)


def test_an_answer_loses_what_belongs_to_the_hop() -> None:
    hop = [(name.encode(), b"v") for name in HOP_BY_HOP if name != "connection"]
    raw = [*hop, (b"Connection", b"X-Gone"), (b"X-Gone", b"1"), (b"Content-Length", b"3"), (b"ETag", b"x")]
    assert for_client(raw) == [(b"ETag", b"x")]


def test_cookies_stay_apart() -> None:
    raw = [(b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2")]
    assert for_client(raw) == raw


def test_lines_are_what_is_written() -> None:
    assert lines([("A", "1"), ("B", "ü")]) == "A: 1\r\nB: ü\r\n"
    assert lines([]) == ""


PARTS = ["\r", "\n", "\0", "\r\n", "a", ":", " "]


@pytest.mark.parametrize("parts", list(itertools.product(PARTS, repeat=3)))
def test_no_value_ends_its_line(parts: tuple[str, ...]) -> None:
    text = "".join(parts)
    for field in ((text, "v"), ("N", text)):
        if set(text) & set("\r\n\0"):
            with pytest.raises(BadField):
                lines([("First", "1"), field, ("Last", "2")])
        else:
            assert lines([field]).count("\r\n") == 1


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_whatever_is_written_has_as_many_lines_as_fields(fields: list[tuple[str, str]]) -> None:
    try:
        text = lines(fields)
    except BadField:
        assert any(set(name + value) & set("\r\n\0") for name, value in fields)
    else:
        assert len(text.split("\r\n")) == len(fields) + 1
