"""Answers as clients get them: with what every one carries beside its own."""

from typing import Any, Final

from contracts.model.errors import GatewayError
from contracts.model.http import Headers, Response
from gateway.exchange.deprecation import Deprecation
from gateway.fields.memo import Memo
from gateway.fields.request_id import request_id
from gateway.http.answer import Answer, begin, date, has_no_body
from gateway.http.cookie import with_cookie
from gateway.http.cors import Cors
from gateway.http.head import is_old
from gateway.http.problem import problem
from gateway.http.request_context import RequestContext

#: `X-Request-Id` is set by us; validators and ranges belong to bytes that an exchange has changed.
_NOT_FROM_UPSTREAM: Final = frozenset(
    {"x-request-id", "etag", "last-modified", "accept-ranges", "content-md5", "digest", "repr-digest"}
)


class Completion:
    """``idle_s``: how long a client may refuse to read an answer. After ``draining`` no connection is kept."""

    def __init__(self, cors: Cors, deprecation: Deprecation, idle_s: float) -> None:
        self.cors = cors
        self.deprecation = deprecation
        self.draining = False
        self._idle_s = idle_s
        self._starts: Memo[Any, bytes] = Memo(512)

    def complete(self, context: RequestContext, response: Response, *, cors: bool = True) -> Answer:
        """The answer for a response; without ``cors`` it is not about a shape, but about pages."""
        keep_alive, status = self.keeps(context), response.status
        head, shape, origin = context.head, self._shape_of(context), context.origin
        assert head is not None  # noqa: S101 - it was read
        if (
            not context.cookie
            and not has_no_body(head.method, status)
            and isinstance(response.headers, tuple)
        ):
            start = self._start(response, shape, origin, keep_alive=keep_alive, cors=cors)
            return self._begun(start, head.request_id, response, keep_alive=keep_alive)
        fields = [*self._fields(response, shape, origin, cors=cors), ("X-Request-Id", head.request_id)]
        fields = [*with_cookie(status, fields, context.cookie)]
        return Answer(head.method, status, fields, response.body, keep_alive=keep_alive, idle_s=self._idle_s)

    def again(self, response: Response, shape: str, origin: str | None, name: str) -> Answer:
        """The same for a GET that has come before; ``name`` is the request's id."""
        keep_alive = not self.draining
        start = self._start(response, shape, origin, keep_alive=keep_alive, cors=True)
        return self._begun(start, name, response, keep_alive=keep_alive)

    def _begun(self, start: bytes, name: str, response: Response, *, keep_alive: bool) -> Answer:
        return Answer.begun(
            start, name, response.status, response.body, keep_alive=keep_alive, idle_s=self._idle_s
        )

    def _start(
        self, response: Response, shape: str, origin: str | None, *, keep_alive: bool, cors: bool
    ) -> bytes:
        """Answers of one second have the same fields, but for their request's id."""
        key = response.status, response.headers, shape, origin, keep_alive, cors, date()
        start = self._starts.get(key)
        if start is None:
            fields = self._fields(response, shape, origin, cors=cors)
            start = begin(response.status, fields, close=not keep_alive)
            self._starts.put(key, start)
        return start

    def _fields(self, response: Response, shape: str, origin: str | None, *, cors: bool) -> Headers:
        """The upstream's fields without what is set again, and ours; but for the request's id and a cookie."""
        ours = self.cors.is_ours
        fields = [
            field
            for field in response.headers
            if field[0].lower() not in _NOT_FROM_UPSTREAM and not (cors and ours(field[0]))
        ]
        return [*fields, *self._common(shape, origin)] if cors else fields

    def problem(self, context: RequestContext, error: GatewayError) -> Answer:
        """The answer for an error. A body that was not read ends the connection: nobody knows where it ends."""
        name = context.head.request_id if context.head else request_id(None)
        return problem(
            context.method,
            error,
            name,
            keep_alive=self.keeps(context) and context.body_was_read,
            extra=with_cookie(error.status, self.common_fields(context), context.cookie),
            idle_s=self._idle_s,
        )

    def common_fields(self, context: RequestContext) -> Headers:
        """What every answer carries beside its own: who may read it, and how long this shape will live."""
        return self._common(self._shape_of(context), context.origin)

    def _common(self, shape: str, origin: str | None) -> Headers:
        deprecated = self.deprecation.fields(shape)
        return [*deprecated, *self.cors.fields(origin)] if self.cors.configured else deprecated

    def _shape_of(self, context: RequestContext) -> str:
        return context.shape or ("legacy" if context.head and is_old(context.head) else "")

    def keeps(self, context: RequestContext) -> bool:
        """Whether the connection outlives this answer."""
        return context.may_keep_alive and not self.draining
