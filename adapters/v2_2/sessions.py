"""Sessions: 2.2 has no tokens for them, and forgets all of them when asked to forget the others."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.v2_2.privacy import is_fresh
from adapters.v2_2.row import ClientContext, OperationContext, Row, only_ours, row
from adapters.v2_2.shapes import items
from contracts.model.document import Document, Node, opened, read
from contracts.model.times import with_zone, without_zone

_DEVICES: Final = ("desktop", "mobile", "tablet", "unknown")
#: A token names its session and nothing more: 2.2 keeps none, and it opens nothing.
_PREFIX: Final = "session-"


async def _sessions(context: OperationContext) -> list[Node]:
    return items((await context.ask(LIST, Document({}, {}, None))).body, "sessions")


async def list_down(asked: Document, context: OperationContext) -> Document:
    """The caller's devices."""
    return asked._replace(body={"sessions": [_session(one, context) for one in await _sessions(context)]})


def _session(one: Node, context: OperationContext) -> Node:
    kind = read(one, "device_type")
    return {
        "id": one["id"],
        "device_name": read(one, "device_name") or "Unknown Device",
        "device_type": kind if kind in _DEVICES else "unknown",
        "browser": "Unknown Browser",
        "os": "Unknown OS",
        "ip_address": one.get("ip_address"),
        "location": "Unknown Location",
        "is_current": False,
        "is_active": is_fresh(read(one, "last_active_at"), context.now),
        "last_active": with_zone(one.get("last_active_at")),
        "created_at": with_zone(one.get("created_at")),
    }


async def list_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    answer = await context.own(asked)
    response = [
        {key: one[key] for key in ("id", "device_type", "device_name", "ip_address")}
        | {"user_id": context.caller.user_id, "is_online": one["is_active"]}
        | {"last_active_at": without_zone(one["last_active"]), "created_at": without_zone(one["created_at"])}
        for one in items(answer.body, "sessions")
    ]
    return answer._replace(body={"sessions": response})


async def terminate_down(asked: Document, context: OperationContext) -> Document:
    """One device."""
    answer = await context.ask(TERMINATE, Document(asked.path, {}, None))
    id_ = int(asked.path["session_id"])
    return asked._replace(
        body={"success": True, "message": answer.body["message"], "terminated_session_id": id_}
    )


async def others_down(asked: Document, context: OperationContext) -> Document:
    """One after the other, but for the calling one: the one that the token names, else the last active."""
    found = sorted(
        await _sessions(context), key=lambda one: str(read(one, "last_active_at") or ""), reverse=True
    )
    token = asked.query.get("current_session_token", "")
    named = [one for one in found if token == f"{_PREFIX}{read(one, 'id')}"]
    kept = read((named or found)[0], "id") if found else None
    others = [read(one, "id") for one in found if read(one, "id") != kept]
    for id_ in others:
        await context.ask(TERMINATE, Document({"session_id": str(id_)}, {}, None))
    message = "Other sessions terminated"
    return asked._replace(body={"success": True, "message": message, "terminated_count": len(others)})


async def register_down(asked: Document, context: OperationContext) -> Document:
    """2.2 wants a name and an address; browser and system become the name where none is given."""
    body = asked.body if isinstance(asked.body, dict) else {}
    sent = {
        "device_type": read(body, "device_type") or "desktop",
        "device_name": read(body, "device_name") or _described(body),
        "ip_address": context.address,
    }
    one = opened((await context.ask(REGISTER, Document({}, {}, sent))).body["session"], "$.body.session")
    id_ = read(one, "id")
    response = {"success": True, "message": "Session registered", "session_id": id_}
    return asked._replace(body={**response, "session_token": f"{_PREFIX}{id_}"})


def _described(body: Mapping[str, Any]) -> str:
    parts = [part for key in ("browser", "os") if (part := read(dict(body), key))]
    return " on ".join(parts) or "Unknown device"


async def register_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    body = asked.body if isinstance(asked.body, dict) else {}
    sent = {key: body[key] for key in ("device_type", "device_name") if key in body}
    answer = await context.own(asked._replace(body=sent))
    one = {"id": answer.body["session_id"], "user_id": context.caller.user_id, **sent}
    one["created_at"] = context.now.isoformat()
    return answer._replace(body={"session": one, "message": "Session registered successfully"})


LIST: Final[Row] = row("sessions.list", "GET /sessions", from_2_1=list_down, from_2_2=list_up)
TERMINATE: Final[Row] = row("sessions.terminate", "DELETE /sessions/{session_id}", from_2_1=terminate_down)
REGISTER: Final[Row] = row(
    "sessions.register", "POST /sessions/register", from_2_1=register_down, from_2_2=register_up
)
ENDPOINTS = [
    LIST,
    TERMINATE,
    row("sessions.terminate_others", "DELETE /sessions", from_2_1=others_down),
    only_ours("sessions.terminate_all", from_2_1=others_down),
    REGISTER,
]
