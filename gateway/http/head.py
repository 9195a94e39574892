"""The head of a client's request as a value, after the checks that aiohttp leaves to the application.

Refused here: HTTP/1.0 with a transfer coding, a coding other than chunked, targets that are not a plain path, an
upgrade with a body, CONNECT and TRACE. Each of these is read differently by some backend.
"""

import re
from typing import Final, NamedTuple, cast

from aiohttp import HttpVersion, HttpVersion11, web
from multidict import CIMultiDict, CIMultiDictProxy

from contracts.model.errors import InvalidRequest, MethodNotAllowed
from gateway.fields.forwarded import origin
from gateway.fields.headers import for_upstream, read_request
from gateway.fields.request_id import request_id
from gateway.http.listener import Connection

_HOST: Final = re.compile(r"[A-Za-z0-9._-]*(?::[0-9]{0,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{0,5})?", re.ASCII)
_REFUSED_METHODS: Final = frozenset({"CONNECT", "TRACE"})


class Head(NamedTuple):
    """What is known of a request before its body.

    ``headers`` is clean: no hop-by-hop fields, no identity but the token's, where it comes from said by us.
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


class _Fields(NamedTuple):
    """What the fields of a request come down to; kept per connection, since browsers repeat themselves."""

    raw: tuple[tuple[bytes, bytes], ...]
    version: HttpVersion
    clean: CIMultiDict[str]
    given_id: str | None
    remote: str
    length: str | None
    framed: bool
    expect: str | None
    coding: str | None


def read_head(request: web.BaseRequest, trusted_hops: int) -> Head:
    """The request's head. Raises `InvalidRequest`, `HeadersTooLarge`, `MethodNotAllowed`."""
    if request.method in _REFUSED_METHODS:
        raise MethodNotAllowed()
    path, query = _split(request.raw_path)
    fields = _fields(request, trusted_hops)
    name = request_id(fields.given_id)
    clean = fields.clean.copy()
    clean["X-Request-Id"] = name
    return Head(
        request.method,
        path,
        query,
        clean,
        fields.remote,
        name,
        fields.length,
        fields.framed,
        fields.expect,
        fields.coding,
    )


def _fields(request: web.BaseRequest, trusted_hops: int) -> _Fields:
    connection = cast(Connection, request.protocol)
    memo = cast("_Fields | None", connection.memo)
    raw = request.raw_headers
    if memo is None or memo.raw != raw or memo.version != request.version:
        memo = connection.memo = _clean(request, trusted_hops)
    return memo


def _clean(request: web.BaseRequest, trusted_hops: int) -> _Fields:
    headers = request.headers
    _check_framing(request)
    _check_fields(headers)
    kept = for_upstream(read_request(request.raw_headers))
    peer = request.protocol.peername
    address = str(peer[0]) if isinstance(peer, tuple) else ""
    chain = headers.getall("X-Forwarded-For", [])
    found = origin(headers, chain, address, trusted_hops, "https" if request.protocol.ssl_context else "http")
    clean = CIMultiDict([*kept, *found.fields])
    length = headers.get("Content-Length")
    return _Fields(
        request.raw_headers,
        request.version,
        clean,
        headers.get("X-Request-Id"),
        found.remote,
        length,
        length is not None or "Transfer-Encoding" in headers,
        headers.get("Expect"),
        headers.get("Content-Encoding"),
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


def _split(target: str) -> tuple[str, str]:
    """Path and query of an origin-form target, both still encoded."""
    if not target.startswith("/") or "#" in target or not target.isascii():
        raise InvalidRequest("The request target must be a path, percent-encoded")
    path, _, query = target.partition("?")
    return path, query
