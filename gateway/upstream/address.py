"""Where the upstream is."""

from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit


class Address(NamedTuple):
    """Where the upstream is. ``prefix`` is the path of its URL without the last slash."""

    host: str
    port: int
    tls: bool
    prefix: str

    @property
    def authority(self) -> str:
        """What stands in `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority."""
        return f"{'https' if self.tls else 'http'}://{self.authority}"

    def relocated(self, name: str, value: str) -> str:
        """An answer's field without this address, which clients cannot reach: what it names is to be had from us.

        ``name`` is in lower case. Addresses of others stay.
        """
        if name not in _NAMING or self.host not in value.lower():
            return value
        if name not in _LOCATIONS:
            return value.replace(f"{self.origin}/", "/")
        try:
            parts = urlsplit(value)
        except ValueError:
            return value
        if parts.netloc.lower() not in (self.authority, f"{self.authority}:{self.port}"):
            return value
        # Two slashes at the beginning would name another host.
        return urlunsplit(("", "", "/" + parts.path.lstrip("/"), parts.query, parts.fragment))


#: Fields that hold one address, and those that hold some among other things.
_LOCATIONS = frozenset({"location", "content-location"})
_NAMING = _LOCATIONS | {"link", "refresh"}


def parse_url(url: str) -> Address:
    """``http://host:port/prefix`` as an `Address`; ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not an http(s) address: {url}")
    tls = parts.scheme == "https"
    return Address(parts.hostname, parts.port or (443 if tls else 80), tls, parts.path.rstrip("/"))
