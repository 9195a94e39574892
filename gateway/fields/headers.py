"""Which header fields may cross the gateway, and in what form.

Both directions drop what belongs to a single hop (RFC 9110 section 7.6.1). From clients we also drop every
spelling of a name that would tell the backend who is calling: only a token may do that (design section 7).
Fields are pairs ``(name, value)`` of text decoded as UTF-8; surrogates stand for other bytes, so that an
answer is re-encoded byte for byte. In a request such bytes are refused.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from contracts.model.errors import HeadersTooLarge, InvalidRequest
from contracts.model.http import Headers

RawHeaders = Sequence[tuple[bytes, bytes]]

MAX_FIELDS: Final = 100
MAX_BYTES: Final = 16 * 1024

#: RFC 9110 section 7.6.1, RFC 9112, and the two that live on in old proxies.
HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
_NOT_FOR_CLIENT: Final = frozenset({name.encode() for name in HOP_BY_HOP} | {b"content-length"})
#: What `Connection:` may not take away: doing so would change who calls, from where, or what the message is.
_PROTECTED: Final = frozenset(
    {
        "authorization",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "set-cookie",
        "via",
        "x-request-id",
    }
)
#: Names of ours, and of common backends, that say who calls. Compared after `_fold`.
_IDENTITY: Final = frozenset(
    {
        "remoteuser",
        "xauthenticateduser",
        "xauthuser",
        "xchatprofile",
        "xforwardedemail",
        "xforwardeduser",
        "xprofileid",
        "xprofiletype",
        "xremoteuser",
        "xuser",
        "xuserid",
        "xuserrole",
    }
)
#: Said anew by us from the connection and the trusted hops (`gateway.fields.forwarded`).
_SAID_ANEW: Final = frozenset({"forwarded", "via", "xrealip", "xclientip", "xrequestid"})
_FORWARDED: Final = "xforwarded"

_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_ODD: Final = re.compile(r"[^a-z0-9]+")

_KEPT: dict[str, bool] = {}
_KEPT_MAX: Final = 1024


def _fold(name: str) -> str:
    """Every spelling that a backend may take for the same name: ``X_User.Id`` and ``x-user-id`` are one."""
    return _ODD.sub("", name.lower())


def is_identity(name: str) -> bool:
    """Whether a backend could take this field for the caller's identity."""
    return _fold(name) in _IDENTITY


def is_kept(name: str) -> bool:
    """Whether a client's field of this name goes upstream as it stands (`Connection:` aside)."""
    kept = _KEPT.get(name)
    if kept is None:
        folded = _fold(name)
        kept = not (
            name.lower() in HOP_BY_HOP
            or folded in _IDENTITY
            or folded in _SAID_ANEW
            or folded.startswith(_FORWARDED)
            or folded in {"host", "contentlength", "expect"}
        )
        if len(_KEPT) >= _KEPT_MAX:  # clients choose names: bounded, and emptied when full
            _KEPT.clear()
        _KEPT[name] = kept
    return kept


def named_in_connection(values: Iterable[str]) -> frozenset[str]:
    """The names, in lower case, that `Connection:` declares hop-by-hop and that it may declare so."""
    names = {name.strip(" \t").lower() for value in values for name in value.split(",")}
    return frozenset(name for name in names if name not in _PROTECTED and not is_said_by_us(name))


def is_said_by_us(name: str) -> bool:
    """Whether the gateway itself writes this field to the upstream."""
    folded = _fold(name)
    return folded in _IDENTITY or folded in _SAID_ANEW or folded.startswith(_FORWARDED)


def read_request(raw: RawHeaders) -> list[tuple[str, str]]:
    """A client's fields as text, all of them, after the checks that the parser leaves to us.

    Raises `HeadersTooLarge` over 100 fields or 16 KiB; `InvalidRequest` for bytes that are not UTF-8, for
    control characters, and for a value that begins or ends with something that some `strip()` would take away
    (``\\x85admin\\xa0`` is not ``admin``).
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
    try:
        text = value.decode("ascii" if value.isascii() else "utf-8")
    except UnicodeDecodeError:
        raise InvalidRequest(f"Header {name.decode('ascii')} is not valid UTF-8") from None
    if text.strip() != text.strip(" \t") or _FORBIDDEN.search(text):
        raise InvalidRequest(f"Header {name.decode('ascii')} holds characters that are not allowed there")
    return text


def for_upstream(fields: Headers) -> list[tuple[str, str]]:
    """A client's fields without hop-by-hop names, forged identities and what the gateway says anew."""
    connection = [value for name, value in fields if name.lower() == "connection"]
    if not connection or connection in (["keep-alive"], ["close"], ["Keep-Alive"]):
        return [field for field in fields if is_kept(field[0])]
    named = named_in_connection(connection)
    return [field for field in fields if is_kept(field[0]) and field[0].lower() not in named]


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
