"""The upstream's refusals on their way to the client: same status, plain text, nothing internal."""

from typing import Any, Final

import msgspec

from contracts.model.errors import GatewayError
from contracts.model.http import Headers, Response
from contracts.operation import Operation


class UpstreamError(GatewayError):
    """The upstream's own refusal, on its way to the client."""

    def __init__(self, status: int, detail: str, code: str, headers: Headers) -> None:
        super().__init__(detail, headers=dict(headers))
        self.status = status  # type: ignore[misc]
        self.code = code  # type: ignore[misc]
        self.fault = "client" if status < 500 else "upstream"  # type: ignore[misc]


def to_upstream_error(response: Response) -> UpstreamError:
    """What a refusing answer becomes. A 5xx loses its text: it may hold SQL or a stack."""
    try:
        body: Any = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = None
    body = body if isinstance(body, dict) else {}
    detail, code = body.get("detail"), body.get("code")
    kept = [(n, v) for n, v in response.headers if n.lower() in ("retry-after", "www-authenticate")]
    if response.status >= 500 and response.status != 501:
        return UpstreamError(response.status, "The chat service failed", "upstream_failed", kept)
    return UpstreamError(
        response.status, _detail(detail), code if isinstance(code, str) else "upstream_refused", kept
    )


def _detail(detail: Any) -> str:
    """A plain string, as both clients show it; a validation list becomes ``place: message``."""
    if isinstance(detail, str):
        return detail
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        loc = ".".join(str(part) for part in detail[0].get("loc", ()))
        return f"$.{loc}: {detail[0].get('msg', 'invalid')}"
    return "The chat service refused"


#: Texts that both generations have, each in its own words.
_WORDS: Final = {
    "You are not a participant in this conversation": "Not a participant of this conversation",
}


def to_legacy_error(row: Operation, error: UpstreamError) -> GatewayError:
    """The same refusal with the status and the text that a legacy client knows."""
    status, detail = row.errors.get(error.status, (error.status, error.detail))
    return UpstreamError(status, _WORDS.get(detail, detail), error.code, list(error.headers.items()))
