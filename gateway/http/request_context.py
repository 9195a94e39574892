"""One request on its way through the server."""

import time
from typing import Any

from aiohttp import web

from contracts.model.http import Headers, Request
from gateway.exchange.plan import Plan
from gateway.http.head import Head


class RequestContext:
    """What the answer, the log line and the metrics of a request need.

    ``request`` is aiohttp's; None for one that `gateway.http.lane` has read whole and found harmless.
    """

    __slots__ = ("cookie", "head", "plan", "request", "started", "waits")

    def __init__(self, request: web.BaseRequest | None) -> None:
        self.request = request
        self.started = time.perf_counter()
        self.head: Head | None = None
        #: What lets the page's socket in; empty unless the request's token is a verified user's.
        self.cookie: Headers = ()
        self.plan: Plan | None = None
        #: Seconds, one for each wait for the upstream: the rest of the request's time is ours.
        self.waits: list[float] = []

    @property
    def method(self) -> str:
        """The request's method."""
        if self.request is not None:
            return self.request.method
        return self.head.method if self.head else ""

    @property
    def may_keep_alive(self) -> bool:
        """Whether the client may ask again on this connection.

        Not after an upgrade that was not taken: aiohttp's parser drops what was sent behind it.
        """
        request = self.request
        if request is None:
            return True
        return request.keep_alive and request.version[1] == 1 and "Upgrade" not in request.headers

    @property
    def body_was_read(self) -> bool:
        """Whether the next request begins where this one's known bytes end."""
        return self.request is None or (self.head is not None and self.request.content.at_eof())

    @property
    def origin(self) -> str | None:
        """The page that asks."""
        headers = self.request.headers if self.request is not None else self.head and self.head.headers
        return headers.get("Origin") if headers else None

    def plain(self, body: bytes) -> Request:
        """The request as the exchanges take it."""
        head = self.head
        assert head is not None  # noqa: S101 - it was read
        return Request(
            head.method, head.path, head.query, head.headers, body, head.request_id, head.remote, self.waits
        )

    @property
    def shape(self) -> str:
        """In which shape the client asked; read late, since a body may still decide it."""
        return self.plan.shape if self.plan else ""

    @property
    def operation(self) -> str:
        """The operation's name, empty for what passes through."""
        return self.plan.operation if self.plan else ""

    def log_fields(self, status: int, took_s: float) -> dict[str, Any]:
        """The fields of its line in the log."""
        head = self.head
        return {
            "method": self.method,
            "path": head.path if head else "",  # never the query: it may hold a token
            "status": status,
            "ms": round(took_s * 1000, 3),
            "request_id": head.request_id if head else "",
            "shape": self.shape,
            "operation": self.operation,
        }
