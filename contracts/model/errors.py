"""Everything that can be wrong with a request, and whose fault it is.

::

    GatewayError                     status  code                  fault
    |- InvalidRequest                400     invalid_request       client
    |  `- InvalidValue               422     invalid_value         client
    |- Unauthenticated               401     unauthenticated       client
    |- Forbidden                     403     forbidden             client
    |- NotFound                      404     not_found             client
    |- MethodNotAllowed              405     method_not_allowed    client
    |- RequestTimedOut               408     request_timeout       client
    |- TooLarge                      413     too_large             client
    |- RateLimited                   429     rate_limited          client
    |- HeadersTooLarge               431     headers_too_large     client
    |- Unsupported                   501     unsupported           upstream
    |- UpstreamFailed                502     upstream_failed       upstream
    |   |- AnswerTooLarge            502     upstream_failed       upstream
    |   |- OutcomeUnknown            502     outcome_unknown       upstream
    |   `- Written                   502     written               upstream
    |- Unavailable                   503     unavailable           gateway
    `- UpstreamTimedOut              504     upstream_timeout      upstream
        `- OutcomeNotInTime          504     outcome_unknown       upstream

A client reads ``{"detail": "...", "code": "...", "request_id": "..."}``: ``detail`` is a plain string because
that is what both clients show, and it never holds SQL, a stack or a DSN. ``place`` says where in a document
the fault is, for instance ``$.body.participants[2].profile_id``.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

Fault = Literal["client", "gateway", "upstream"]


class GatewayError(Exception):
    """An answer other than the wanted one.

    ``detail`` is shown to the client as it stands. ``place`` (optional) is put in front of it.
    ``headers`` go on the answer, for instance ``Retry-After`` in seconds.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    fault: ClassVar[Fault] = "gateway"
    default: ClassVar[str] = "Internal server error"
    default_headers: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self, detail: str | None = None, *, place: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.detail = detail or self.default
        self.place = place
        self.headers = dict(self.default_headers if headers is None else headers)
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The text for the client: the place, when known, and what is wrong there."""
        return f"{self.place}: {self.detail}" if self.place else self.detail


class InvalidRequest(GatewayError):
    """The request cannot be understood, or contradicts itself."""

    status, code, fault, default = 400, "invalid_request", "client", "Invalid request"


class InvalidValue(InvalidRequest):
    """A single value is not of its kind; the backends answer 422 there, and so do we."""

    status, code, default = 422, "invalid_value", "Invalid value"


class Unauthenticated(GatewayError):
    """Nobody is calling: no token, or none that we believe."""

    status, code, fault, default = 401, "unauthenticated", "client", "Could not validate credentials"
    default_headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class Forbidden(GatewayError):
    """Somebody is calling as somebody else."""

    status, code, fault, default = 403, "forbidden", "client", "Not allowed"


class NotFound(GatewayError):
    """The person, the conversation or the operation does not exist for this caller."""

    status, code, fault, default = 404, "not_found", "client", "Not Found"


class MethodNotAllowed(GatewayError):
    """The path is known, the method is not."""

    status, code, fault, default = 405, "method_not_allowed", "client", "Method Not Allowed"


class RequestTimedOut(GatewayError):
    """The client stopped sending."""

    status, code, fault, default = 408, "request_timeout", "client", "The request took too long to arrive"


class TooLarge(GatewayError):
    """The body is over the limit."""

    status, code, fault, default = 413, "too_large", "client", "Request body too large"


class RateLimited(GatewayError):
    """Too many at once from one place."""

    status, code, fault, default = 429, "rate_limited", "client", "Too many requests"
    default_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class HeadersTooLarge(GatewayError):
    """The header block is over the limit."""

    status, code, fault, default = 431, "headers_too_large", "client", "Request headers too large"


class Unsupported(GatewayError):
    """The upstream's shape has no way to do this."""

    status, code, fault, default = 501, "unsupported", "upstream", "The chat service cannot do this"


class UpstreamFailed(GatewayError):
    """The upstream broke the protocol, the connection or its promise."""

    status, code, fault, default = 502, "upstream_failed", "upstream", "The chat service gave no valid answer"


class AnswerTooLarge(UpstreamFailed):
    """The upstream's answer is in order, but more than we can hold; of a list a smaller part may be asked for."""

    default = "The chat service gave an answer that is too large"


class OutcomeUnknown(UpstreamFailed):
    """What was asked may have been done: the connection or the answer broke after the request had left."""

    code = "outcome_unknown"
    default = "The chat service gave no valid answer; it may have done this, look before you repeat it"


class Written(UpstreamFailed):
    """What was asked has been done, all or a part of it; only the answer cannot be shown."""

    code = "written"
    default = "The chat service has done this, but its answer cannot be shown; do not repeat it"


class Unavailable(GatewayError):
    """We cannot know, so we do not guess (design: fail closed)."""

    status, code, fault, default = 503, "unavailable", "gateway", "Temporarily unavailable, please retry"
    default_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


class UpstreamTimedOut(GatewayError):
    """The upstream did not answer in time."""

    status, code, fault, default = (
        504,
        "upstream_timeout",
        "upstream",
        "The chat service did not answer in time",
    )


class OutcomeNotInTime(UpstreamTimedOut):
    """As `OutcomeUnknown`: the upstream was asked to change something and has not answered."""

    code = "outcome_unknown"
    default = "The chat service did not answer in time; it may have done this, look before you repeat it"
