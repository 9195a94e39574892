"""Sessions: 2.2 has no tokens for them, and forgets all of them when asked to forget the others."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.deployed.privacy import is_fresh
from adapters.deployed.row import Row, Talk, only_ours, row
from adapters.deployed.shapes import items, with_zone, without_zone
from contracts.document import Document, Node, opened, read

_DEVICES: Final = ("desktop", "mobile", "tablet", "unknown")
#: A token names its session and nothing more: 2.2 keeps none, and it opens nothing.
_PREFIX: Final = "session-"


async def _sessions(talk: Talk) -> list[Node]:
    return items((await talk.ask(LIST, Document({}, {}, None))).body, "sessions")


async def list_down(asked: Document, talk: Talk) -> Document:
    """The caller's devices."""
    return asked._replace(body={"sessions": [_session(one, talk) for one in await _sessions(talk)]})


def _session(one: Node, talk: Talk) -> Node:
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
        "is_active": is_fresh(read(one, "last_active_at"), talk.now),
        "last_active": with_zone(one.get("last_active_at")),
        "created_at": with_zone(one.get("created_at")),
    }


async def list_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1."""
    answer = await talk.own(asked)
    told = [
        {key: one[key] for key in ("id", "device_type", "device_name", "ip_address")}
        | {"user_id": talk.caller.user_id, "is_online": one["is_active"]}
        | {"last_active_at": without_zone(one["last_active"]), "created_at": without_zone(one["created_at"])}
        for one in items(answer.body, "sessions")
    ]
    return answer._replace(body={"sessions": told})


async def terminate_down(asked: Document, talk: Talk) -> Document:
    """One device."""
    answer = await talk.ask(TERMINATE, Document(asked.path, {}, None))
    id_ = int(asked.path["session_id"])
    return asked._replace(
        body={"success": True, "message": answer.body["message"], "terminated_session_id": id_}
    )


async def others_down(asked: Document, talk: Talk) -> Document:
    """One after the other, but for the calling one: the one that the token names, else the last active."""
    found = sorted(
        await _sessions(talk), key=lambda one: str(read(one, "last_active_at") or ""), reverse=True
    )
    token = asked.query.get("current_session_token", "")
    named = [one for one in found if token == f"{_PREFIX}{read(one, 'id')}"]
    kept = read((named or found)[0], "id") if found else None
    others = [read(one, "id") for one in found if read(one, "id") != kept]
    for id_ in others:
        await talk.ask(TERMINATE, Document({"session_id": str(id_)}, {}, None))
    message = "Other sessions terminated"
    return asked._replace(body={"success": True, "message": message, "terminated_count": len(others)})


async def register_down(asked: Document, talk: Talk) -> Document:
    """2.2 wants a name and an address; browser and system become the name where none is given."""
    body = asked.body if isinstance(asked.body, dict) else {}
    sent = {
        "device_type": read(body, "device_type") or "desktop",
        "device_name": read(body, "device_name") or _described(body),
        "ip_address": talk.address,
    }
    one = opened((await talk.ask(REGISTER, Document({}, {}, sent))).body["session"], "$.body.session")
    id_ = read(one, "id")
    told = {"success": True, "message": "Session registered", "session_id": id_}
    return asked._replace(body={**told, "session_token": f"{_PREFIX}{id_}"})


def _described(body: Mapping[str, Any]) -> str:
    parts = [part for key in ("browser", "os") if (part := read(dict(body), key))]
    return " on ".join(parts) or "Unknown device"


async def register_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1."""
    body = asked.body if isinstance(asked.body, dict) else {}
    sent = {key: body[key] for key in ("device_type", "device_name") if key in body}
    answer = await talk.own(asked._replace(body=sent))
    one = {"id": answer.body["session_id"], "user_id": talk.caller.user_id, **sent}
    one["created_at"] = talk.now.isoformat()
    return answer._replace(body={"session": one, "message": "Session registered successfully"})


LIST: Final[Row] = row("sessions.list", "GET /sessions", down=list_down, up=list_up)
TERMINATE: Final[Row] = row("sessions.terminate", "DELETE /sessions/{session_id}", down=terminate_down)
REGISTER: Final[Row] = row("sessions.register", "POST /sessions/register", down=register_down, up=register_up)
ENDPOINTS = [
    LIST,
    TERMINATE,
    row("sessions.terminate_others", "DELETE /sessions", down=others_down),
    only_ours("sessions.terminate_all", down=others_down),
    REGISTER,
]
