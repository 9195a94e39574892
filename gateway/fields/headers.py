"""Which header fields may cross the gateway, and in what form.

Both directions drop what belongs to a single hop (RFC 9110 section 7.6.1). From clients we also drop every
spelling of a name that would tell the backend who is calling: only a token may do that (docs/security.md).
Fields are pairs ``(name, value)`` of text decoded as UTF-8; surrogates stand for other bytes, so that they are
re-encoded byte for byte. In a field of a request that we read ourselves such bytes are refused.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from contracts.model.errors import HeadersTooLarge, InvalidRequest
from contracts.model.http import Headers
from gateway.fields.names import DROPPED, FAMILIES, HOP_BY_HOP, ONE_SPELLING, PROTECTED, fold, is_set_by_us

RawHeaders = Sequence[tuple[bytes, bytes]]

MAX_FIELDS: Final = 100
MAX_BYTES: Final = 16 * 1024

_NOT_FOR_CLIENT: Final = frozenset({name.encode() for name in HOP_BY_HOP} | {b"content-length"})
#: What decides something here, so that two readings of it would be two decisions.
_READ_BY_US: Final = frozenset(
    b"authorization connection content-encoding content-length expect forwarded host origin sec-websocket-protocol "
    b"transfer-encoding upgrade x-chat-api x-forwarded-for x-forwarded-host x-forwarded-proto x-request-id".split()
)
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_KEPT_MAX: Final = 1024


class RequestFields:
    """Which fields of a client's request go to the upstream. ``dropped`` are an operator's own names, any spelling.

    A list and no allow-list: behind the gateway are applications that it does not know, with fields of their own.
    """

    def __init__(self, dropped: Iterable[str] = ()) -> None:
        self._dropped = DROPPED | {fold(name) for name in dropped}
        self._kept: dict[str, bool] = {}

    def is_kept(self, name: str) -> bool:
        """Whether a client's field goes to the upstream."""
        kept = self._kept.get(name)
        if kept is None:
            kept = self._decide(name)
            if len(self._kept) >= _KEPT_MAX:  # clients choose names: bounded, and emptied when full
                self._kept.clear()
            self._kept[name] = kept
        return kept

    def _decide(self, name: str) -> bool:
        folded = fold(name)
        if folded in self._dropped or folded.startswith(FAMILIES):
            return False
        return ONE_SPELLING.get(folded) in (None, name.lower())

    def for_upstream(self, fields: Headers) -> list[tuple[str, str]]:
        """A client's fields without hop-by-hop names, forged identities and what the gateway says anew."""
        connection = [value for name, value in fields if name.lower() == "connection"]
        if not connection or connection in (["keep-alive"], ["close"], ["Keep-Alive"]):
            return [field for field in fields if self.is_kept(field[0])]
        named = named_in_connection(connection)
        return [field for field in fields if self.is_kept(field[0]) and field[0].lower() not in named]


def named_in_connection(values: Iterable[str]) -> frozenset[str]:
    """The names, in lower case, that `Connection:` declares hop-by-hop and that it may declare so."""
    names = {name.strip(" \t").lower() for value in values for name in value.split(",")}
    return frozenset(name for name in names if name not in PROTECTED and not is_set_by_us(name))


def read_request(raw: RawHeaders) -> list[tuple[str, str]]:
    """A client's fields as text, all of them, after the checks that the parser leaves to us.

    Raises `HeadersTooLarge` over 100 fields or 16 KiB; `InvalidRequest` for control characters, for a value that
    begins or ends with something that some `strip()` would take away (``\\x85admin\\xa0`` is not ``admin``), and in
    a field that we read ourselves for bytes that are not UTF-8: elsewhere they pass as they are.
    """
    fields: list[tuple[str, str]] = []
    size = 0
    for name, value in raw:
        size += len(name) + len(value) + 4
        fields.append((_read_name(name), _read_value(name, value)))
    if size > MAX_BYTES or len(fields) > MAX_FIELDS:
        raise HeadersTooLarge()
    return fields


def _read_name(name: bytes) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidRequest("Invalid header name")
    return name.decode("ascii")


def _read_value(name: bytes, value: bytes) -> str:
    text = value.decode("ascii") if value.isascii() else _read_text(name, value)
    if _FORBIDDEN.search(text):
        raise InvalidRequest(f"Header {name.decode('ascii')} holds characters that are not allowed there")
    return text


def _read_text(name: bytes, value: bytes) -> str:
    lower = name.lower()
    try:
        text = seen = value.decode("utf-8")
    except UnicodeDecodeError:
        if lower in _READ_BY_US:
            raise InvalidRequest(f"Header {name.decode('ascii')} is not valid UTF-8") from None
        text, seen = value.decode("utf-8", "surrogateescape"), value.decode("latin-1")
    if seen.strip() != seen.strip(" \t") and lower != b"cookie":
        raise InvalidRequest(f"Header {name.decode('ascii')} holds characters that are not allowed there")
    return text


def for_client(raw: RawHeaders) -> list[tuple[bytes, bytes]]:
    """An upstream's fields without hop-by-hop names and Content-Length, which the writer says anew."""
    lower = [name.lower() for name, _ in raw]
    kept = [field for field, name in zip(raw, lower, strict=True) if name not in _NOT_FOR_CLIENT]
    if b"connection" in lower:
        connection = [value.decode("latin-1") for name, value in raw if name.lower() == b"connection"]
        named = {name.encode("latin-1") for name in named_in_connection(connection)}
        kept = [field for field in kept if field[0].lower() not in named]
    return kept


class BadField(ValueError):
    """A field that would end its own line."""


def lines(fields: Headers) -> str:
    """The fields as lines, each with its CRLF. Raises `BadField` when one holds CR, LF or NUL.

    The count is the check: it costs a fraction of looking at every value, and says the same.
    """
    text = "".join([f"{name}: {value}\r\n" for name, value in fields])
    if text.count("\r") != len(fields) or text.count("\n") != len(fields) or "\0" in text:
        raise BadField("a header field holds CR, LF or NUL")
    return text
