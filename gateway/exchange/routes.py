"""Which operation is it? One canonical path decides, and that path is the one that is forwarded.

Under `GUARDED` an unknown operation is a 404 from the gateway and never reaches the upstream; everything else
(login, pages, other APIs) streams through. A path that only becomes guarded when it is decoded or resolved once
more is refused: the upstream might do what we did not.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes

from contracts.model.errors import InvalidRequest, InvalidValue, MethodNotAllowed, NotFound
from contracts.model.profile import parse_id, parse_type
from contracts.model.shape import Shape
from contracts.model.synthetic import is_invented
from contracts.operation import Endpoint, Operation
from contracts.rules.shapes import ToBody

GUARDED: Final = ("/api/chat", "/api/call-logs", "/ws", "/api/connections/request", "/api/connections/delete")
_GUARDED_FOLDERS: Final = tuple(f"{prefix}/" for prefix in GUARDED)
_LEGACY_KEYS: Final = frozenset(("profile_id", "profile_ids"))
_PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")
#: Nearly every path: nothing in it could be decoded or resolved, so there is only one way to read it.
_PLAIN: Final = re.compile(r"(?:/[A-Za-z0-9_-]+)+", re.ASCII)


class Match(NamedTuple):
    """An operation, the shape in which it was asked, and the path's parameters, decoded and canonical."""

    operation: Operation
    shape: Shape
    path: dict[str, str]


def canonical(path: str) -> str | None:
    """The path when it is guarded, decoded once and without a trailing slash; None for one that streams through.

    Raises `InvalidRequest` for a path that could be read in two ways.
    """
    if _PLAIN.fullmatch(path) and (_is_guarded(path) or not _is_guarded(path.lower())):
        return path if _is_guarded(path) else None
    once = _decode(path)
    if _is_guarded(once):
        if _resolve(once) != once.rstrip("/") or "%" in once or "\\" in once or ";" in once:
            raise InvalidRequest("the path can be read in more than one way", place="$.path")
        return once.rstrip("/")
    rounds = once
    for _ in range(3):
        rounds = unquote(rounds, errors="replace")
        if _is_guarded(_resolve(rounds.replace("\\", "/").lower())):
            raise InvalidRequest("the path can be read in more than one way", place="$.path")
    return None


def _decode(path: str) -> str:
    try:
        text = unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidRequest("not UTF-8", place="$.path") from None
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise InvalidRequest("holds a control character", place="$.path")
    if _is_guarded(text) and path.lower().count("%2f"):
        raise InvalidRequest("holds an encoded slash", place="$.path")
    return text


def _is_guarded(path: str) -> bool:
    return f"{path}/".startswith(_GUARDED_FOLDERS)


def _resolve(path: str) -> str:
    """Dot segments and doubled slashes resolved, path parameters (``;x``) cut off."""
    kept: list[str] = []
    for segment in path.split("/"):
        name = segment.partition(";")[0]
        if name == "..":
            kept = kept[:-1]
        elif name not in ("", "."):
            kept.append(name)
    return "/" + "/".join(kept)


class _Paths:
    """The operations of one method, found by path: first whole paths, then templates in their order."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._exact = {path: row for path, row in operations.items() if "{" not in path}
        self._templates: dict[int, tuple[Operation, tuple[str, ...]]] = {}
        patterns, group = [], 1
        for template, row in operations.items():
            names = tuple(_PARAMETER.findall(template))
            if names:
                self._templates[group] = row, names
                patterns.append(f"({_PARAMETER.sub('([^/]+)', template)})")
                group += 1 + len(names)
        # One pattern for all templates: which of its outer groups matched tells the operation.
        self._pattern = re.compile("|".join(patterns) or "(?!)")

    def find(self, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and its path parameters; None when nothing matches."""
        if path in self._exact:
            return self._exact[path], {}
        found = self._pattern.fullmatch(path)
        if found is None or found.lastindex is None:
            return None
        row, names = self._templates[found.lastindex]
        return row, dict(zip(names, found.groups()[found.lastindex :], strict=False))


class Table:
    """One shape's operations, found by method and path."""

    def __init__(self, entries: Iterable[tuple[Endpoint, Operation]]) -> None:
        methods: dict[str, dict[str, Operation]] = {}
        for endpoint, operation in entries:
            methods.setdefault(endpoint.method, {})[endpoint.template] = operation
        self._methods = {method: _Paths(operations) for method, operations in methods.items()}

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and its path parameters; None when nothing matches."""
        paths = self._methods.get(method)
        return paths.find(path) if paths else None

    def methods(self, path: str) -> set[str]:
        """The methods that a path knows."""
        return {method for method, paths in self._methods.items() if paths.find(path)}


class Routes:
    """All tables. ``tables`` has the legacy one, and one for each modern shape that is spoken."""

    def __init__(
        self,
        operations: Iterable[Operation],
        modern: Shape = "2.1",
        deployed: Mapping[str, Endpoint] | None = None,
        own_query: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        """``modern`` is what modern clients speak unless they say otherwise; ``deployed`` the routes of 2.2.

        ``own_query``: by operation, the parameters that 2.2 has in its query where 2.1 has them in the body.
        """
        rows = tuple(operations)
        self._modern = modern
        #: By operation, the parameters that the old shape has in its query and ours in the body.
        self._moved = {
            row.name: frozenset(rule.name for rule in row.request.shapes if isinstance(rule, ToBody))
            for row in rows
        }
        self._own: dict[str, Mapping[str, frozenset[str]]] = {"2.1": {}, "2.2": own_query or {}}
        ours = {row.name: row.modern for row in rows if row.modern}
        self._endpoints: dict[str, Mapping[str, Endpoint]] = {"2.1": ours, "2.2": deployed or {}}
        self._tables = {"legacy": Table((row.legacy, row) for row in rows if row.legacy)}
        for shape, ends in self._endpoints.items():
            if ends:
                self._tables[shape] = Table((ends[row.name], row) for row in rows if row.name in ends)

    def match(self, method: str, path: str, query: Collection[str], override: str | None) -> Match | None:
        """What a request asks; None when it streams through.

        ``query`` is the names in it. Raises `NotFound` for an unknown operation, `MethodNotAllowed`,
        `InvalidRequest` for an unreadable path or an unknown ``X-Chat-API``.
        """
        known = canonical(path)
        if known is None:
            return None
        order = self._order(query, override)
        for shape in order:
            found = self._tables[shape].find(method, known)
            if found:
                return Match(found[0], shape, _checked(*found, shape))
        allowed = {name for shape in order for name in self._tables[shape].methods(known)}
        if allowed:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(allowed))})
        raise NotFound

    def options(self, path: str, *, preflight: bool) -> str:
        """The target of OPTIONS for a path that is guarded, without its query, which is that of the request to come.

        Empty for a path that streams through. Raises `InvalidRequest` for an unreadable one, and `NotFound` for one
        that no shape knows, but not to a preflight: its page is to read the 404 of the request itself.
        """
        known = canonical(path)
        if known is None:
            return ""
        if not preflight and not any(table.methods(known) for table in self._tables.values()):
            raise NotFound
        return quote(known)

    def _order(self, query: Collection[str], override: str | None) -> tuple[Shape, ...]:
        if override is not None:
            if override not in self._tables:
                raise InvalidRequest(f"must be one of {', '.join(self._tables)}", place="X-Chat-API")
            return (override,)  # type: ignore[return-value]
        # A path that only one shape knows (``/block/5/tutor``) tells the shape by itself.
        return (self._modern, "legacy") if _LEGACY_KEYS.isdisjoint(query) else ("legacy", self._modern)

    def names_a_role(self, match: Match, body: object, query: Collection[str] = ()) -> Match:
        """The same request read as legacy when its body names somebody by role (``PUT /settings``).

        Or when it has no body, and in its query what only the old shape has there: before an old client knows who it
        is, it names nobody (``PUT /calls/302?status=missed``). A client that names its user is none.
        """
        row = match.operation
        if match.shape == "legacy" or row.legacy != self._endpoints[match.shape].get(row.name):
            return match
        if isinstance(body, dict):
            old = "participants" in body or any(key.endswith("profile_id") for key in body)
        else:
            old = body is None and "user_id" not in query and self._is_moved(match, query)
        return match._replace(shape="legacy") if old else match

    def _is_moved(self, match: Match, query: Collection[str]) -> bool:
        """Whether the query has what only the old shape has there, and this one in its body."""
        name = match.operation.name
        return not (self._moved[name] - self._own[match.shape].get(name, set())).isdisjoint(query)


def _checked(row: Operation, path: dict[str, str], shape: Shape) -> dict[str, str]:
    for name, text in path.items():
        if (
            name == "conversation_id"
            and shape == "legacy"
            and row.empty_response is not None
            and is_invented(text)
        ):
            continue
        if name.endswith("_id"):
            path[name] = str(parse_id(text, f"$.path.{name}"))
        elif name.endswith("profile_type"):
            path[name] = parse_type(text, f"$.path.{name}")
    return path


def fill(template: str, path: Mapping[str, str]) -> str:
    """A path from its template and decoded parameters, percent-encoded again. `InvalidValue` for an empty one."""
    if "{" not in template:
        return template
    return template.format_map({name: _segment(name, path[name]) for name in _PARAMETER.findall(template)})


def _segment(name: str, text: str) -> str:
    if text.isascii() and text.isalnum():
        return text
    if text in ("", ".", ".."):
        raise InvalidValue("cannot stand in a path", place=f"$.path.{name}")
    return quote(text, safe="")
