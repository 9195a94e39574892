"""Sessions: each role has a list of its own; the same device stands in several of them."""

from adapters.legacy_upstream.answers import answer, body_of, done, kept, listed, zoned
from adapters.legacy_upstream.roles import any_role, roles_of
from adapters.legacy_upstream.row import OperationContext, Row
from contracts.model.document import Document, Node, read
from contracts.model.errors import NotFound
from contracts.model.profile import Profile, parse_id


async def _by_role(context: OperationContext) -> list[tuple[Profile, Node]]:
    return [
        (role, one)
        for role in roles_of(context.person)
        for one in listed((await context.ask("sessions.list", role, Document({}, {}, None))).body, "sessions")
    ]


def _device(one: Node) -> tuple[object, object]:
    return read(one, "device_name"), read(one, "browser")


async def list_sessions(asked: Document, context: OperationContext) -> Document:
    """A device once, as it was last seen."""
    found: dict[tuple[object, object], Node] = {}
    rows = sorted(
        (one for _, one in await _by_role(context)),
        key=lambda one: read(one, "last_active") or "",
        reverse=True,
    )
    for one in rows:
        found.setdefault(_device(one), one)
    return answer({"sessions": [_session(one) for one in found.values()]})


def _session(one: Node) -> Node:
    texts = {name: read(one, name) or "Unknown" for name in ("device_name", "browser", "os", "location")}
    return {
        **kept(one, "id", "ip_address"),
        **texts,
        "device_type": read(one, "device_type") or "unknown",
        "is_current": bool(read(one, "is_current")),
        "is_active": read(one, "is_active") is not False,
        **zoned(one, "last_active", "created_at"),
    }


async def terminate(asked: Document, context: OperationContext) -> Document:
    """The device in every role that knows it."""
    wanted = parse_id(asked.path["session_id"], "$.path.session_id")
    rows = await _by_role(context)
    device = next((_device(one) for _, one in rows if read(one, "id") == wanted), None)
    if device is None:
        raise NotFound("Session not found or not authorized")
    same = {read(one, "id"): role for role, one in rows if _device(one) == device}
    for session, role in same.items():
        await context.ask("sessions.terminate", role, Document({"session_id": str(session)}, {}, None))
    return done("Session terminated", terminated_session_id=wanted)


async def terminate_others(asked: Document, context: OperationContext) -> Document:
    """All devices but the calling one, of every role."""
    count = 0
    for role in roles_of(context.person):
        query = {key: asked.query[key] for key in ("current_session_token",) if asked.query.get(key)}
        response = await context.ask("sessions.terminate_others", role, Document({}, query, None))
        count += read(response.body, "terminated_count") or 0
    return done("Other sessions terminated", terminated_count=count)


async def register(asked: Document, context: OperationContext) -> Document:
    """The calling device, in the preferred role."""
    body = body_of(asked)
    names = ("device_name", "device_type", "browser", "os")
    query = {"device_name": "Unknown device"} | {
        name: str(text) for name in names if (text := read(body, name))
    }
    response = await context.ask("sessions.register", any_role(context.person), Document({}, query, None))
    return done("Session registered", **kept(response.body, "session_id", "session_token"))


ENDPOINTS = [
    Row("sessions.list", list_sessions, own={"sessions": []}),
    Row("sessions.terminate", terminate),
    Row("sessions.terminate_others", terminate_others, own={"success": True, "terminated_count": 0}),
    Row("sessions.terminate_all", terminate_others, invented=True),
    Row("sessions.register", register),
]
