"""Addresses of databases, in both forms that PostgreSQL's own programs take: a URL, or `host=… dbname=…`."""

import os
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from migration.engine.errors import RefusedError

PAIR = re.compile(r"\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)", re.DOTALL)
URL = re.compile(r"(postgres(?:ql)?)://(?:([^/?#@]*)@)?([^/?#@]*)(/[^?#]*)?(?:\?([^#]*))?", re.DOTALL)
HOST = re.compile(r"(?:\[([^\]]*)\]|([^:,]*))(?::(\d*))?")
# What asyncpg knows of libpq's parameters, beside host, port, user, password and database.
UNDERSTOOD = ("ssl", "target_session_attrs", "options", "service", "passfile", "krbsrvname", "gsslib")
NO_ADDRESS = (
    "cannot connect: this is no address of a database; "
    "write postgresql://user@host:port/database or 'host=… dbname=…'"
)


@dataclass(frozen=True)
class Address:
    """A database's address, taken apart. `parameters` are those of the query, without the password."""

    scheme: str
    user: str
    password: str
    hosts: str
    path: str
    parameters: tuple[tuple[str, str], ...]

    def arguments(self) -> dict[str, Any]:
        """Return what asyncpg.connect takes. What only libpq knows (keepalives, gssencmode) is left out."""
        known = dict(self.parameters)
        hosts = self._hosts(known)
        given = {
            "host": [host for host, _ in hosts],
            "port": [port for _, port in hosts] if all(port for _, port in hosts) else None,
            "user": self.user or known.get("user"),
            "password": self.password,
            "database": unquote(self.path.removeprefix("/")) or known.get("dbname") or known.get("database"),
        }
        rest = urlencode([pair for pair in self.parameters if pair[0].startswith(UNDERSTOOD)])
        return {"dsn": f"postgresql://?{rest}" if rest else None} | {k: v for k, v in given.items() if v}

    def _hosts(self, known: dict[str, str]) -> list[tuple[str, int | None]]:
        named = known.get("hostaddr") or known.get("host")
        if named:
            ports = [int(port) if port else 5432 for port in known.get("port", "5432").split(",")]
            hosts = named.split(",")
            return list(zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=True))
        found = [HOST.fullmatch(part) for part in self.hosts.split(",") if part]
        if None in found:
            raise ValueError("a host cannot be read")
        port = known.get("port")
        return [(unquote(f[1] or f[2]), int(f[3] or port or 5432)) for f in found if f]

    def at(self, database: str) -> "Address":
        """Return the address of another database of the same server."""
        rest = tuple(pair for pair in self.parameters if pair[0] not in ("dbname", "database"))
        return replace(self, path="/" + quote(database, safe=""), parameters=rest)

    @property
    def url(self) -> str:
        """The address with its password, for ourselves."""
        secret = replace(self, parameters=(*self.parameters, ("password", self.password)))
        return secret.public_url if self.password else self.public_url

    @property
    def public_url(self) -> str:
        """The address without its password, for the arguments of other programs: process lists are public."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        query = urlencode(self.parameters, safe="/,[]:", quote_via=quote)
        return f"{self.scheme}://{user}{self.hosts}{self.path}{'?' + query if query else ''}"

    @property
    def shown(self) -> str:
        """The address as it is printed: no password, and no parameter but where the server and the database are."""
        known = {"host", "port", "dbname", "user"}
        return Address(
            self.scheme,
            self.user,
            "",
            self.hosts,
            self.path,
            tuple(p for p in self.parameters if p[0] in known),
        ).public_url

    def environment(self) -> dict[str, str]:
        """Return the environment for a program of PostgreSQL, with the password in it."""
        return dict(os.environ) | ({"PGPASSWORD": self.password} if self.password else {})


def parse(dsn: str) -> Address:
    """Take an address apart. Raises RefusedError, without the text: a password may be in it."""
    text = dsn.strip()
    found = URL.fullmatch(text)
    if found:
        return _of_url(*(part or "" for part in found.groups()))
    return _of_pairs(text)


def _of_url(scheme: str, who: str, hosts: str, path: str, query: str) -> Address:
    user, _, password = who.partition(":")
    parameters = parse_qsl(query, keep_blank_values=True)
    spare = next((value for name, value in parameters if name == "password"), "")
    public = tuple(pair for pair in parameters if pair[0] not in ("password", "sslpassword"))
    return Address(scheme, unquote(user), unquote(password) or spare, hosts, path, public)


def _of_pairs(text: str) -> Address:
    pairs, end = {}, 0
    while end < len(text):
        found = PAIR.match(text, end)
        if not found:
            raise RefusedError(NO_ADDRESS)
        pairs[found[1]] = re.sub(r"\\(.)", r"\1", found[2] if found[2] is not None else found[3])
        end = found.end()
    if not pairs:
        raise RefusedError(NO_ADDRESS)
    password, user = pairs.pop("password", ""), pairs.pop("user", "")
    path = "/" + quote(pairs.pop("dbname", ""), safe="")
    return Address("postgresql", user, password, "", path, tuple(pairs.items()))


def shown(dsn: str) -> str:
    """Return the address without its password, to be printed."""
    try:
        return parse(dsn).shown
    except RefusedError:
        return "the given address"
