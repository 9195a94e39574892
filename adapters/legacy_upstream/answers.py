"""Parts of answers that several operations say in 2.1: times, people, conversations, messages, calls."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from adapters.legacy_upstream.roles import pair_at
from adapters.legacy_upstream.row import Fact, OperationContext
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import InvalidValue
from contracts.model.profile import MAX_ID, Profile
from contracts.model.roster import Roster
from contracts.model.times import with_zone
from contracts.rules.lens import Mentions

#: The old lists give so many at once.
PAGE: Final = 100


def answer(body: Any) -> Document:
    """An answer; what was asked is of no more use."""
    return Document({}, {}, body)


def done(message: str, **more: Any) -> Document:
    """What every change answers in 2.1."""
    return answer({"success": True, "message": message, **more})


def listed(body: Any, name: str) -> list[Node]:
    """The objects of a list of a body; KeyError where there is none."""
    return [opened(item, f"$.body.{name}[]") for item in opened(body[name], f"$.body.{name}") or ()]


def body_of(document: Document) -> Node:
    """The body where it is an object, else an empty one."""
    return document.body if isinstance(document.body, dict) else {}


def number(document: Document, name: str, default: int, most: int = MAX_ID) -> int:
    """A whole number of the query; `InvalidValue` for what is none or is out of bounds."""
    text = document.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > most:
        raise InvalidValue(f"must be a whole number from 0 to {most}", place=f"$.query.{name}")
    return int(text)


def zoned(node: Node, *names: str) -> Node:
    """These times of a node, which the old backend writes without a zone and means in UTC."""
    return {name: with_zone(node.get(name)) for name in names}


def kept(node: Node, *names: str) -> Node:
    """These values of a node, null where there is none."""
    return {name: node.get(name) for name in names}


async def roster_of(
    nodes: Iterable[Node], context: OperationContext, *prefixes: str, users: Sequence[str] = ()
) -> Roster:
    """Everybody whom the nodes name, by the pairs with these prefixes and by these keys of user ids."""
    found = list(nodes)
    profiles = {pair for node in found for prefix in prefixes if (pair := pair_at(node, prefix))}
    ids = {user for node in found for name in users if isinstance(user := read(node, name), int)}
    return await context.find(Mentions(profiles, ids))


def user_at(node: Node, roster: Roster, prefix: str = "") -> int | None:
    """The person of a pair."""
    pair = pair_at(node, prefix)
    return roster.user_of(pair) if pair else None


def head(one: Node, roster: Roster, updated_at: Any = None) -> Node:
    """What every answer says of a conversation; a direct one has neither name nor picture of its own."""
    direct = read(one, "type") == "direct"
    return {
        **kept(one, "id", "type", "description"),
        "name": None if direct else one.get("name"),
        "avatar_url": None if direct else one.get("avatar_url"),
        "created_by_user_id": user_at(one, roster, "created_by_"),
        "created_at": with_zone(one.get("created_at")),
        "updated_at": with_zone(one.get("updated_at") or updated_at or one.get("created_at")),
    }


def call(one: Node, roster: Roster) -> Node:
    """A call of a list or of the log."""
    caller = read(one, "caller_user_id") or user_at(one, roster, "caller_")
    return {
        **kept(one, "id", "conversation_id", "call_type", "status", "duration_seconds"),
        "caller_user_id": caller,
        "caller_name": roster.modern_name(caller, str(read(one, "caller_name") or "")),
        "caller_avatar": roster.avatar_of(caller),
        "is_caller": caller == roster.caller.user_id,
        **zoned(one, "started_at", "answered_at", "ended_at", "created_at"),
    }


_MESSAGE: Final = (
    "id",
    "conversation_id",
    "message_type",
    "content",
    "media_url",
    "media_metadata",
    "reply_to_id",
    "is_edited",
    "is_pinned",
    "is_forwarded",
    "forwarded_from_name",
    "forwarded_from_avatar",
)


async def messages(found: list[Node], context: OperationContext) -> list[Node]:
    """Messages in 2.1. Who reacted, and who wrote what a message replies to, only the database says."""
    reactions = await _read("reactions", [read(one, "id") for one in found if _has_reactions(one)], context)
    quoted = {read(one, "reply_to_id") for one in found} - {None}
    senders = {row["id"]: row["sender_user_id"] for row in await _read("senders", sorted(quoted), context)}
    roster = await roster_of(
        [*found, *({"sender_user_id": user} for user in senders.values())],
        context,
        "pinned_by_",
        "forwarded_from_",
        users=("sender_user_id",),
    )
    return [_message(one, reactions, senders, roster) for one in found]


async def _read(name: str, ids: list[int], context: OperationContext) -> list[Fact]:
    return await context.facts(name, ids) if ids else []


def _has_reactions(one: Node) -> bool:
    return "reactions" not in one or bool(read(one, "reactions"))


def _message(one: Node, reactions: list[Fact], senders: dict[int, int], roster: Roster) -> Node:
    sender = read(one, "sender_user_id")
    return {
        **kept(one, *_MESSAGE),
        "sender_user_id": sender,
        "sender_name": roster.modern_name(sender, str(read(one, "sender_name") or "")),
        "sender_avatar": roster.avatar_of(sender),
        "is_mine": sender == roster.caller.user_id,
        "status": one.get("status"),
        "reply_to": _reply(one, senders, roster),
        "reactions": _grouped(read(one, "id"), reactions),
        "pinned_by_user_id": user_at(one, roster, "pinned_by_"),
        "forwarded_from_user_id": user_at(one, roster, "forwarded_from_"),
        **zoned(one, "edited_at", "pinned_at", "created_at", "updated_at"),
    }


def _reply(one: Node, senders: dict[int, int], roster: Roster) -> Node | None:
    quoted = opened(one.get("reply_to"), "$.reply_to")
    id_ = read(one, "reply_to_id")
    if not quoted or id_ not in senders:
        return None
    return {
        "id": id_,
        "sender_user_id": senders[id_],
        "sender_name": roster.modern_name(senders[id_], str(read(quoted, "sender_name") or "")),
        "content": quoted.get("content"),
        "message_type": quoted.get("type", "text"),
    }


def _grouped(message: int, reactions: list[Fact]) -> list[Node]:
    """Each reaction with who gave it. A person has one, the newest; the read leaves out the others."""
    found: dict[str, list[int]] = {}
    for row in reactions:
        if row["message_id"] == message:
            found.setdefault(row["reaction"], []).append(row["user_id"])
    return [{"reaction": name, "count": len(users), "user_ids": users} for name, users in found.items()]


def chosen(roles: Sequence[Profile]) -> list[Node]:
    """Pairs as the old backend takes them in lists."""
    return [{"profile_id": role.id, "profile_type": role.type} for role in roles]
