"""The head of a client's request as a value, after the checks that aiohttp leaves to the application.

Refused here: HTTP/1.0 with a transfer coding, a coding other than chunked, targets that are not a plain path, an
upgrade with a body, CONNECT and TRACE. Each of these is read differently by some backend.
"""

import itertools
import re
from typing import Final, NamedTuple

from aiohttp import HttpVersion11, web
from multidict import CIMultiDict, CIMultiDictProxy

from contracts.model.errors import InvalidRequest, MethodNotAllowed
from gateway.fields.forwarded import origin
from gateway.fields.headers import MAX_FIELDS, RequestFields, read_request
from gateway.fields.memo import Memo
from gateway.fields.request_id import request_id

_HOST: Final = re.compile(r"[A-Za-z0-9._-]*(?::[0-9]{0,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{0,5})?", re.ASCII)
_USUAL: Final = RequestFields()
_REFUSED_METHODS: Final = frozenset({"CONNECT", "TRACE"})
#: Fields that ask for more than an answer, and the one by which a client says in which shape it speaks.
_NOT_PLAIN: Final = frozenset({"transfer-encoding", "upgrade", "expect", "content-encoding", "x-chat-api"})


class Head(NamedTuple):
    """What is known of a request before its body.

    ``headers`` is clean: no hop-by-hop fields, no identity but the token's, where it comes from set by us.
    ``length`` is the declared one as text, ``expect`` and ``coding`` likewise; ``framed`` tells whether there is a
    body (even an empty one).
    """

    method: str
    path: str
    query: str
    headers: CIMultiDict[str]
    remote: str
    request_id: str
    length: str | None
    framed: bool
    expect: str | None
    coding: str | None


class Fields(NamedTuple):
    """What the fields of a request come down to. Clients repeat themselves: `Heads` remembers it.

    ``plain``: nothing in them asks for more than an answer on a connection that stays. ``number`` is their own.
    """

    clean: CIMultiDict[str]
    given_id: str | None
    remote: str
    length: str | None
    framed: bool
    expect: str | None
    coding: str | None
    plain: bool
    number: int


_NUMBERS: Final = itertools.count()
_ID_LINE: Final = re.compile(rb"(?:\A|(?<=\n))x-request-id: ([A-Za-z0-9._-]{1,64})\r\n", re.IGNORECASE)
_FEW_FIELDS: Final = MAX_FIELDS - 10
#: By the bytes of the fields but for the request's id, and the address from which they came. All connections share
#: it: behind a reverse proxy one connection carries many clients.
Heads = Memo[tuple[bytes, str], Fields]
#: Entries are about 5 kB.
REMEMBERED: Final = 8192
_LONGEST: Final = 8 * 1024


def read_head(
    request: web.BaseRequest, trusted_hops: int, heads: Heads | None = None, rules: RequestFields = _USUAL
) -> Head:
    """The request's head; ``rules`` say which of its fields go on.

    Raises `InvalidRequest`, `HeadersTooLarge`, `MethodNotAllowed`.
    """
    if request.method in _REFUSED_METHODS:
        raise MethodNotAllowed()
    path, query = split_target(request.raw_path)
    return head_of(request.method, path, query, _fields(request, trusted_hops, heads, rules))


def head_of(method: str, path: str, query: str, fields: Fields) -> Head:
    """The head of one request with these fields; it gets an id of its own unless the client gave one."""
    head = shared_head(method, path, query, fields)
    clean = fields.clean.copy()
    clean["X-Request-Id"] = head.request_id
    return head._replace(headers=clean)


def shared_head(method: str, path: str, query: str, fields: Fields) -> Head:
    """The same; its headers are those of all requests with these fields: not to be changed, and without the id."""
    clean, given_id, remote, length, framed, expect, coding, _, _ = fields
    return Head(method, path, query, clean, remote, request_id(given_id), length, framed, expect, coding)


def peer_address(peer: object) -> str:
    """The address of the other end of a connection; empty for a socket that has none."""
    return str(peer[0]) if isinstance(peer, tuple) else ""


def without_id(fields: bytes) -> tuple[bytes, str | None]:
    """The fields without the request's id, and that id, where there is exactly one that we accept; else as they are.

    A reverse proxy gives every request its own. Near the limit of fields nothing is cut: one more may be too many.
    """
    if b"x-request-id" not in fields.lower():
        return fields, None
    found = _ID_LINE.findall(fields)
    if len(found) != 1 or fields.count(b"\n") > _FEW_FIELDS:
        return fields, None
    return _ID_LINE.sub(b"", fields), found[0].decode("ascii")


def _fields(request: web.BaseRequest, trusted_hops: int, heads: Heads | None, rules: RequestFields) -> Fields:
    address = peer_address(request.protocol.peername)
    if heads is None or request.version != HttpVersion11:
        return _clean(request, address, trusted_hops, rules)
    text, name = without_id(b"".join([b"%b: %b\r\n" % field for field in request.raw_headers]))
    fields = heads.get((text, address))
    if fields is None:
        fields = _clean(request, address, trusted_hops, rules)
        if name is not None:
            fields = fields._replace(given_id=None)
        if len(text) <= _LONGEST:
            heads.put((text, address), fields)
    return fields if name is None else fields._replace(given_id=name)


def _clean(request: web.BaseRequest, address: str, trusted_hops: int, rules: RequestFields) -> Fields:
    headers = request.headers
    _check_framing(request)
    _check_fields(headers)
    kept = rules.for_upstream(read_request(request.raw_headers))
    chain = headers.getall("X-Forwarded-For", [])
    found = origin(headers, chain, address, trusted_hops, "https" if request.protocol.ssl_context else "http")
    clean = CIMultiDict([*kept, *found.fields])
    length = headers.get("Content-Length")
    return Fields(
        clean,
        headers.get("X-Request-Id"),
        found.remote,
        length,
        length is not None or "Transfer-Encoding" in headers,
        headers.get("Expect"),
        headers.get("Content-Encoding"),
        request.keep_alive and _NOT_PLAIN.isdisjoint(name.lower() for name in headers),
        next(_NUMBERS),
    )


def _check_framing(request: web.BaseRequest) -> None:
    headers = request.headers
    coding = headers.get("Transfer-Encoding")
    if coding is not None and (coding.lower() != "chunked" or request.version < HttpVersion11):
        raise InvalidRequest("Transfer-Encoding: only chunked is known, and only in HTTP/1.1")
    if "Upgrade" in headers and (coding is not None or headers.get("Content-Length", "0") != "0"):
        raise InvalidRequest("An upgrade with a body")


def _check_fields(headers: CIMultiDictProxy[str]) -> None:
    """What a backend would read in its own way: two identities, or a host that is none (RFC 9112, 3.2)."""
    if len(headers.getall("Authorization", ())) > 1:
        raise InvalidRequest("Authorization must be given once")
    if not _HOST.fullmatch(headers.get("Host", "")):
        raise InvalidRequest("Host is not a host name")


def split_target(target: str) -> tuple[str, str]:
    """Path and query of an origin-form target, both still encoded."""
    if not target.startswith("/") or "#" in target or not target.isascii():
        raise InvalidRequest("The request target must be a path, percent-encoded")
    path, _, query = target.partition("?")
    return path, query


def is_old(head: Head) -> bool:
    """Whether a chat request names somebody by role, for one that was refused before it was known what it asks."""
    chat = head.path.startswith(("/api/chat/", "/api/call-logs/", "/ws/"))
    return chat and ("profile_id" in head.query or _ROLE.search(head.path) is not None)


_ROLE: Final = re.compile(r"/[0-9]+/(?:student|tutor|parent|advertiser)(?:/|\Z)", re.IGNORECASE | re.ASCII)
