"""One request on its way through the server."""

import time
from typing import Any

from aiohttp import web

from contracts.model.http import Headers
from gateway.exchange.plan import Plan
from gateway.http.head import Head


class RequestContext:
    """What the answer, the log line and the metrics of a request need."""

    __slots__ = ("cookie", "head", "plan", "request", "started")

    def __init__(self, request: web.BaseRequest) -> None:
        self.request = request
        self.started = time.perf_counter()
        self.head: Head | None = None
        #: What lets the page's socket in; empty unless the request's token is a verified user's.
        self.cookie: Headers = ()
        self.plan: Plan | None = None

    @property
    def shape(self) -> str:
        """In which shape the client asked; read late, since a body may still decide it."""
        return self.plan.shape if self.plan else ""

    @property
    def operation(self) -> str:
        """The operation's name, empty for what passes through."""
        return self.plan.operation if self.plan else ""

    def told(self, status: int, took_s: float) -> dict[str, Any]:
        """The fields of its line in the log."""
        head = self.head
        return {
            "method": self.request.method,
            "path": head.path if head else "",  # never the query: it may hold a token
            "status": status,
            "ms": round(took_s * 1000, 3),
            "request_id": head.request_id if head else "",
            "shape": self.shape,
            "operation": self.operation,
        }
