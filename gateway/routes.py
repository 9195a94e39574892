"""Which operation is it? One canonical path decides, and that path is the one that is forwarded.

Under `GUARDED` an unknown operation is a 404 from the gateway and never reaches the upstream; everything else
(login, pages, other APIs) streams through. A path that only becomes guarded when it is decoded or resolved once
more is refused: the upstream might do what we did not.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes

from contracts.errors import InvalidRequest, InvalidValue, MethodNotAllowed, NotFound
from contracts.operation import Endpoint, Operation
from contracts.profile import parse_id, parse_type
from contracts.synthetic import is_invented

Shape = Literal["legacy", "2.1", "2.2"]
SHAPES: Final[frozenset[str]] = frozenset(("legacy", "2.1", "2.2"))
GUARDED: Final = ("/api/chat", "/api/call-logs", "/ws", "/api/connections/request", "/api/connections/delete")
_LEGACY_KEYS: Final = frozenset(("profile_id", "profile_ids"))


class Match(NamedTuple):
    """An operation, the shape in which it was asked, and the path's parameters, decoded and canonical."""

    operation: Operation
    shape: Shape
    path: dict[str, str]


def canonical(path: str) -> str | None:
    """The path when it is guarded, decoded once and without a trailing slash; None for one that streams through.

    Raises `InvalidRequest` for a path that could be read in two ways.
    """
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
    return any(path == prefix or path.startswith(prefix + "/") for prefix in GUARDED)


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


class Table:
    """One shape's operations, found by method and path."""

    def __init__(self, entries: Iterable[tuple[Endpoint, Operation]]) -> None:
        self._exact: dict[str, dict[str, Operation]] = {}
        self._templates: dict[int, list[tuple[list[str], dict[str, Operation]]]] = {}
        for endpoint, operation in entries:
            self._methods(endpoint.template)[endpoint.method] = operation

    def _methods(self, template: str) -> dict[str, Operation]:
        if "{" not in template:
            return self._exact.setdefault(template, {})
        parts = template.split("/")
        row = self._templates.setdefault(len(parts), [])
        for known, methods in row:
            if known == parts:
                return methods
        row.append((parts, {}))
        return row[-1][1]

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and its path parameters; None when nothing matches."""
        for methods, parameters in self._candidates(path):
            if method in methods:
                return methods[method], parameters
        return None

    def methods(self, path: str) -> set[str]:
        """The methods that a path knows."""
        return {method for methods, _ in self._candidates(path) for method in methods}

    def _candidates(self, path: str) -> Iterable[tuple[dict[str, Operation], dict[str, str]]]:
        if path in self._exact:
            yield self._exact[path], {}
        parts = path.split("/")
        for template, methods in self._templates.get(len(parts), ()):
            if all(t == p or (t.startswith("{") and p) for t, p in zip(template, parts, strict=True)):
                pairs = zip(template, parts, strict=True)
                yield methods, {t[1:-1]: p for t, p in pairs if t.startswith("{")}


class Routes:
    """All tables. ``tables`` has the legacy one, and one for each modern shape that is spoken."""

    def __init__(
        self,
        operations: Iterable[Operation],
        modern: Shape = "2.1",
        deployed: Mapping[str, Endpoint] | None = None,
    ) -> None:
        """``modern`` is what modern clients speak unless they say otherwise; ``deployed`` the routes of 2.2."""
        rows = tuple(operations)
        self._modern = modern
        self._tables: dict[str, Table] = {
            "legacy": Table((row.legacy, row) for row in rows if row.legacy),
            "2.1": Table((row.modern, row) for row in rows if row.modern),
        }
        if deployed:
            self._tables["2.2"] = Table((deployed[row.name], row) for row in rows if row.name in deployed)

    def match(self, method: str, path: str, query: Mapping[str, str], override: str | None) -> Match | None:
        """What a request asks; None when it streams through.

        ``query`` needs only its keys here. Raises `NotFound` for an unknown operation, `MethodNotAllowed`,
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

    def _order(self, query: Mapping[str, str], override: str | None) -> tuple[Shape, ...]:
        if override is not None:
            if override not in self._tables:
                raise InvalidRequest(f"must be one of {', '.join(self._tables)}", place="X-Chat-API")
            return (override,)  # type: ignore[return-value]
        # A path that only one shape knows (``/block/5/tutor``) tells the shape by itself.
        return ("legacy", self._modern) if _LEGACY_KEYS & query.keys() else (self._modern, "legacy")

    def names_a_role(self, match: Match, body: object) -> Match:
        """The same request read as legacy when its body names somebody by role (``PUT /settings``)."""
        row = match.operation
        if match.shape == "legacy" or not isinstance(body, dict) or row.legacy != row.modern:
            return match
        if "participants" in body or any(key.endswith("profile_id") for key in body):
            return match._replace(shape="legacy")
        return match


def _checked(row: Operation, path: dict[str, str], shape: Shape) -> dict[str, str]:
    for name, text in path.items():
        if name == "conversation_id" and shape == "legacy" and row.nothing is not None and is_invented(text):
            continue
        if name.endswith("_id"):
            path[name] = str(parse_id(text, f"$.path.{name}"))
        elif name.endswith("profile_type"):
            path[name] = parse_type(text, f"$.path.{name}")
    return path


def fill(template: str, path: Mapping[str, str]) -> str:
    """A path from its template and decoded parameters, percent-encoded again. `InvalidValue` for an empty one."""
    parts = []
    for part in template.split("/"):
        text = quote(path[part[1:-1]], safe="") if part.startswith("{") else part
        if part and text in ("", ".", ".."):
            raise InvalidValue("cannot stand in a path", place=f"$.path.{part[1:-1]}")
        parts.append(text)
    return "/".join(parts)
