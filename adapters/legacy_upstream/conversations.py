"""Conversations: the list of all roles in one, and the details."""

from typing import Any, Final

from adapters.legacy_upstream.answers import (
    PAGE,
    answer,
    head,
    kept,
    listed,
    messages,
    number,
    roster_of,
    user_at,
    zoned,
)
from adapters.legacy_upstream.presence import presence_of
from adapters.legacy_upstream.roles import members, role_among, roles_of, rows_of
from adapters.legacy_upstream.row import Fact, OperationContext, Row
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import GatewayError, InvalidValue
from contracts.model.roster import Roster
from contracts.model.times import with_zone

_KINDS: Final = {"direct": ("direct",), "groups": ("group", "channel"), "channels": ("channel",)}
_FILTERS: Final = ("all", "unread", "archived", *_KINDS)


async def _all(context: OperationContext) -> list[Node]:
    """Of every role; an entry whose id is no number stands for somebody with whom there is no conversation yet."""
    found: dict[int, Node] = {}
    for role in roles_of(context.person):
        offset, more = 0, True
        while more:
            query = {"filter_type": "all", "limit": str(PAGE), "offset": str(offset)}
            response = await context.ask("conversations.list", role, Document({}, query, None))
            page = listed(response.body, "conversations")
            offset, more = offset + PAGE, len(page) == PAGE
            for one in page:
                if isinstance(id_ := read(one, "id"), int):
                    found[id_] = _merged(found[id_], one) if id_ in found else one
    return list(found.values())


def _merged(one: Node, other: Node) -> Node:
    """One conversation of two roles of the person: read by one is read, muted only if both say so."""
    unread = min(read(one, "unread_count") or 0, read(other, "unread_count") or 0)
    read_at = max((one, other), key=lambda row: read(row, "last_read_at") or "")
    cleared = [read(row, "chat_cleared_at") for row in (one, other)]
    return {
        **one,
        **kept(read_at, "last_read_at", "last_read_message_id"),
        "unread_count": unread,
        "is_muted": bool(read(one, "is_muted") and read(other, "is_muted")),
        "is_pinned": bool(read(one, "is_pinned") or read(other, "is_pinned")),
        "chat_cleared_at": min(cleared) if all(cleared) else None,
    }


async def list_conversations(asked: Document, context: OperationContext) -> Document:
    """Filtered, sorted and paged by us, since the person's roles are pages of their own there."""
    limit, offset = number(asked, "limit", 50, PAGE), number(asked, "offset", 0)
    kind = asked.query.get("filter_type", "all")
    if kind not in _FILTERS:
        raise InvalidValue(f"must be one of {', '.join(_FILTERS)}", place="$.query.filter_type")
    found = await _all(context)
    ids = [read(one, "id") for one in found]
    facts = {row["id"]: row for row in await context.facts("conversations", ids, context.caller.user_id)}
    wanted = [one for one in found if _wanted(one, facts.get(read(one, "id"), {}), kind)]
    wanted.sort(key=lambda one: read(one, "last_message_at") or read(one, "created_at") or "", reverse=True)
    shown = wanted[offset : offset + limit]
    senders = [{"user_id": facts.get(read(one, "id"), {}).get("last_sender")} for one in shown]
    roster = await roster_of([*shown, *senders], context, "created_by_", users=("other_user_id", "user_id"))
    return answer([_entry(one, facts.get(read(one, "id"), {}), roster) for one in shown])


def _wanted(one: Node, fact: Fact, kind: str) -> bool:
    if bool(fact.get("archived")) != (kind == "archived"):
        return False
    if kind == "unread":
        return bool(read(one, "unread_count"))
    return kind not in _KINDS or read(one, "type") in _KINDS[kind]


def _entry(one: Node, fact: Fact, roster: Roster) -> Node:
    direct = read(one, "type") == "direct"
    other = read(one, "other_user_id") if direct else None
    return {
        **head(one, roster, fact.get("updated_at")),
        "other_user": _other(one, other, roster) if other else None,
        "last_message": _last_message(one, other, fact, roster),
        "unread_count": read(one, "unread_count") or 0,
        **{name: bool(read(one, name)) for name in ("is_muted", "is_pinned")},
        "is_archived": bool(fact.get("archived")),
        "last_read_message_id": one.get("last_read_message_id"),
        **zoned(one, "last_message_at", "last_read_at", "chat_cleared_at"),
        "participant_count": fact.get("people") or read(one, "participant_count") or 2,
    }


def _other(one: Node, user: int, roster: Roster) -> Node:
    return {
        "user_id": user,
        "name": roster.modern_name(user, str(read(one, "display_name") or "")),
        "avatar": roster.avatar_of(user),
        "online": bool(read(one, "is_online")),
        "last_seen": with_zone(one.get("last_seen")),
        **{name: bool(read(one, name)) for name in ("online_hidden", "last_seen_hidden")},
    }


def _last_message(one: Node, other: int | None, fact: Fact, roster: Roster) -> Node | None:
    last: Any = opened(one.get("last_message"), "$.body.last_message")
    if not last:
        return None
    mine = bool(read(last, "is_mine"))
    sender = fact.get("last_sender") or (roster.caller.user_id if mine else other)
    if sender is None:
        return None
    return {
        **kept(last, "id", "content", "type"),
        "created_at": with_zone(last.get("time")),
        "sender_user_id": sender,
        "is_mine": sender == roster.caller.user_id,
    }


async def details(asked: Document, context: OperationContext) -> Document:
    """One conversation with its people, each once, and its pinned messages."""
    rows = await members(int(asked.path["conversation_id"]), context)
    role = role_among(rows, context.person)
    one: Node = (await context.ask("conversations.get", role, Document(asked.path, {}, None))).body
    people = listed(one, "participants")
    roster = await roster_of([one, *people], context, "created_by_", "", users=("user_id",))
    mine = rows_of(rows, context.caller.user_id)
    response = {
        **head(one, roster),
        "is_archived": any(row["archived"] for row in mine),
        "is_muted": all(row["muted"] for row in mine),
        "last_message_at": with_zone(one.get("last_message_at")),
        "other_user": await _partner(one, people, roster, context),
        "participants": _participants(people, roster),
        "pinned_messages": await messages(listed(one, "pinned_messages"), context),
        "shared_media": one.get("shared_media") or {"images": 0, "files": 0},
    }
    return answer(response)


async def _partner(one: Node, people: list[Node], roster: Roster, context: OperationContext) -> Node | None:
    others = {_user(person, roster) for person in people} - {context.caller.user_id, None}
    if read(one, "type") != "direct" or len(others) != 1:
        return None
    user = others.pop()
    assert user is not None  # noqa: S101
    try:
        presence = (await presence_of([user], context))[user]
    except GatewayError:
        presence = {}
    return _other({**presence, "display_name": None}, user, roster)


def _user(person: Node, roster: Roster) -> int | None:
    user = read(person, "user_id")
    return user if isinstance(user, int) else user_at(person, roster)


def _participants(people: list[Node], roster: Roster) -> list[Node]:
    """Each person once, as an admin where one of its roles is."""
    found: dict[int, Node] = {}
    for person in people:
        user = _user(person, roster)
        if user is None:
            continue
        admin = read(person, "role") == "admin" or found.get(user, {}).get("role") == "admin"
        entry = {
            "user_id": user,
            "name": roster.modern_name(user, str(read(person, "display_name") or "")),
            "avatar": roster.avatar_of(user),
            "joined_at": with_zone(person.get("joined_at")),
        }
        found[user] = {**entry, **found.get(user, {}), "role": "admin" if admin else "member"}
    return list(found.values())


ENDPOINTS = [
    Row(
        "conversations.list",
        list_conversations,
        own={"conversations": []},
        limits="what a person archived is known on a migrated database only",
    ),
    Row("conversations.get", details, "conversation"),
]
