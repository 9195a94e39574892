"""Messages, read: 2.2 lists the newest first, and a reaction entry a person."""

from collections.abc import Iterator
from typing import Any, Final

from adapters.optional import optional
from adapters.v2_2 import client_reads
from adapters.v2_2.conversations import number, readable
from adapters.v2_2.history import Window, newest
from adapters.v2_2.names import name_of
from adapters.v2_2.receipts import read_until, status_of
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from adapters.v2_2.shapes import items
from contracts.model.document import Document, Node, opened, read
from contracts.model.roster import Roster
from contracts.model.times import with_zone, without_zone
from contracts.rules.lens import Mentions

MOST: Final = 10_000


async def list_down(asked: Document, context: OperationContext) -> Document:
    """The newest window, oldest first."""
    window = Window(number(asked, "offset", 0, MOST), number(asked, "limit", 50, MOST))
    await newest(asked, context, window)
    response = await _as_shown(asked.path["conversation_id"], window.shown[::-1], context)
    seen_all = window.whole and "after" not in asked.query and "before_message_id" not in asked.query
    body: dict[str, Any] = {"messages": response, "has_more": window.has_more}
    # 2.2 never says how many there are. What was read is the whole, or the least that there can be.
    body["total_count"] = window.seen if seen_all else await _total(asked, window.seen, context)
    return asked._replace(body=body)


async def _total(asked: Document, seen: int, context: OperationContext) -> int:
    rows = await context.facts("count", int(asked.path["conversation_id"]), context.caller.user_id)
    return max(rows[0]["total"], seen) if rows else seen


async def _as_shown(conversation_id: str, shown: list[Node], context: OperationContext) -> list[Node]:
    people = {user for one in shown for user in _mentioned(one)}
    roster = await context.find(Mentions(set(), people))
    own = any(read(one, "is_mine") for one in shown)
    until = await optional(read_until, conversation_id, context) if own else None
    await _add_pins(shown, context)
    return [_down(one, conversation_id, until, roster) for one in shown]


async def _add_pins(shown: list[Node], context: OperationContext) -> None:
    """When a message was pinned, and by whom."""
    pinned = {read(one, "id"): one for one in shown if read(one, "is_pinned")}
    rows = await context.facts("pins", list(pinned)) if pinned else None
    for fact in rows or ():
        pinned[fact["message_id"]] |= {key: fact[key] for key in ("pinned_at", "pinned_by_user_id")}


def _mentioned(one: Node) -> Iterator[int]:
    reply = opened(one.get("reply_to"), "$.body.messages[].reply_to") or {}
    for user in (read(one, "sender_user_id"), read(reply, "sender_user_id")):
        if isinstance(user, int):
            yield user


def _down(one: Node, conversation_id: str, read_until: Any, roster: Roster) -> Node:
    edited = read(one, "is_edited")
    kept = {key: one.get(key) for key in _SAME}
    return {
        **kept,
        "conversation_id": int(conversation_id),
        "sender_name": name_of(read(one, "sender_user_id"), roster, str(read(one, "sender_name") or "")),
        "content": readable(one.get("content")),
        "status": status_of(one, read_until),
        "reply_to": _reply(one, roster),
        "reactions": _grouped(items(one, "reactions")),
        "edited_at": with_zone(one.get("edited_at") or one["updated_at"]) if edited else None,
        "is_pinned": bool(read(one, "is_pinned")),
        "pinned_at": with_zone(one.get("pinned_at")),
        "pinned_by_user_id": one.get("pinned_by_user_id"),
        "is_forwarded": bool(read(one, "is_forwarded")),
        "forwarded_from_user_id": None,
        "forwarded_from_name": one.get("forwarded_from_name"),
        "created_at": with_zone(one["created_at"]),
        "updated_at": with_zone(one["updated_at"]),
    }


_SAME: Final = (
    "id",
    "sender_user_id",
    "sender_avatar",
    "is_mine",
    "message_type",
    "media_url",
    "media_metadata",
    "reply_to_id",
    "is_edited",
    "forwarded_from_avatar",
)


def _reply(one: Node, roster: Roster) -> Node | None:
    reply = opened(one.get("reply_to"), "$.body.messages[].reply_to")
    if not reply:
        return None
    name = name_of(read(reply, "sender_user_id"), roster, str(read(reply, "sender_name") or ""))
    kept = {key: reply[key] for key in ("id", "sender_user_id", "message_type")}
    return {**kept, "sender_name": name, "content": readable(reply.get("content"))}


def _grouped(reactions: list[Node]) -> list[Node]:
    """One entry a person becomes one a reaction; of a person only the newest counts, and stands where it came."""
    newest: dict[int, str] = {}
    for one in reactions:
        newest.pop(read(one, "user_id"), None)
        newest[read(one, "user_id")] = read(one, "reaction")
    people: dict[str, list[int]] = {}
    for user, reaction in newest.items():
        people.setdefault(reaction, []).append(user)
    return [
        {"reaction": reaction, "count": len(users), "user_ids": users} for reaction, users in people.items()
    ]


async def list_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: newest first, a reaction entry a person."""
    limit, offset = number(asked, "limit", 50, MOST), number(asked, "offset", 0, MOST)
    answer = await context.own(asked)
    found = items(answer.body, "messages")[::-1]
    reactors = {user for one in found for item in items(one, "reactions") for user in read(item, "user_ids")}
    roster = await context.find(Mentions(set(), reactors))
    shown = [_up(one, roster) for one in found]
    beside = {key: answer.body[key] for key in ("has_more", "total_count")}
    page = {"total": len(shown), "limit": limit, "offset": offset}
    return answer._replace(body={"messages": shown, **page, **beside})


async def list_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients: whether one's own messages were read, and how many there are."""
    found = items(answer.body, "messages")
    answer.body["messages"] = found
    here = answer.path["conversation_id"]
    until = await optional(read_until, here, context, share=0.75)
    for one in found:
        client_reads.message(one)
        one["status"] = status_of(one, until)
    rows = await context.facts("count", int(here), context.caller.user_id)
    if rows:
        answer.body["total_count"] = rows[0]["total"]
    size = read(answer.body, "limit")
    if isinstance(size, int) and str(size) != answer.query.get("limit", "50"):
        answer.body["has_more"] = True  # the page was too large for us (`gateway.exchange.smaller_page`)


def _up(one: Node, roster: Roster) -> Node:
    response = {key: one.get(key) for key in (*_SAME, "content", "sender_name", "is_pinned", "is_forwarded")}
    response |= {key: without_zone(one.get(key)) for key in ("created_at", "updated_at")}
    reactions = [
        {
            "reaction": item["reaction"],
            "user_id": user,
            "reactor_name": name_of(user, roster),
            "created_at": None,
        }
        for item in items(one, "reactions")
        for user in read(item, "user_ids")
    ]
    response |= {
        "reactions": reactions,
        "reaction_count": len(reactions),
        "is_deleted": False,
        "forwarded_from_id": None,
    }
    if (reply := opened(one.get("reply_to"), "$.body.messages[].reply_to")) is not None:
        response["reply_to"] = reply
    response |= {"status": one.get("status"), "forwarded_from": one.get("forwarded_from_name")}
    client_reads.message(response)
    return response


LIST: Final[Row] = row(
    "messages.list",
    "GET /messages/{conversation_id}",
    from_2_1=list_down,
    from_2_2=list_up,
    beside=list_beside,
)
ENDPOINTS = [LIST]
