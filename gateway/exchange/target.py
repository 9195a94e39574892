"""The target of a request to the upstream: path and query, and what may never stand there."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from contracts.model.document import Document
from contracts.model.errors import InvalidRequest
from contracts.model.roster import Caller
from contracts.operation import Endpoint, Operation
from gateway.exchange.routes import fill

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII)
#: What stands in a query is in the log of every server on the way. No modern shape has them there.
_SECRETS: Final = frozenset({"password", "current_password", "new_password", "otp", "reset_token"})


def target_of(row: Operation, document: Document, caller: Caller) -> str:
    """The upstream's path and query for a modern document."""
    assert row.modern is not None  # noqa: S101
    return target_at(row.modern, document, {"user_id": str(caller.user_id)})


def target_at(endpoint: Endpoint, document: Document, identity: Mapping[str, str]) -> str:
    """The same for any endpoint and any way to say who calls."""
    # Whatever stands in the query: the upstream hears the token's user, once.
    query = {**document.query, **identity}
    return f"{fill(endpoint.template, document.path)}?{_encode_query(query)}"


def _encode_query(query: Mapping[str, str]) -> str:
    """As ``urlencode``; nearly every query has nothing to encode."""
    text = "".join([*query, *query.values()])
    if _PLAIN.fullmatch(text):
        return "&".join([f"{name}={value}" for name, value in query.items()])
    return urlencode(query)


def check_query(query: Mapping[str, str]) -> None:
    """Raise `InvalidRequest` for a secret in a query that is about to be sent."""
    for name in _SECRETS.intersection(query):
        raise InvalidRequest("belongs into the body", place=f"$.query.{name}")
