"""Where a request comes from: the connection, and what the configured number of own proxies say.

``X-Forwarded-For`` grows by one address per hop. With N trusted hops the N last entries were written by them; what
stands before was written by the client and is worth nothing.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Origin(NamedTuple):
    """``remote`` is the client's address; ``fields`` say it to the upstream."""

    remote: str
    fields: list[tuple[str, str]]


def origin(fields: Mapping[str, str], chain: list[str], peer: str, trusted_hops: int, scheme: str) -> Origin:
    """Who is behind this request.

    ``fields`` are the request's, ``chain`` the values of its X-Forwarded-For, ``peer`` the connection's address,
    ``scheme`` how the client reached us.
    """
    listed = [part.strip(" \t") for value in chain for part in value.split(",")] if trusted_hops else []
    addresses = [*listed[-trusted_hops:], peer] if listed else [peer]
    proto = (fields.get("X-Forwarded-Proto") if trusted_hops else None) or scheme
    host = (fields.get("X-Forwarded-Host") if trusted_hops else None) or fields.get("Host", "")
    return Origin(
        addresses[0],
        [
            ("X-Forwarded-For", ", ".join(addresses)),
            ("X-Forwarded-Proto", proto),
            ("X-Forwarded-Host", host),
        ],
    )
