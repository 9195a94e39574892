"""Conversations: the list and the details.

2.2 shows a direct conversation under the other person's name and picture, writes the last message as flat keys, and
lists one twice for whoever takes part with two rows.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from adapters.optional import optional
from adapters.v2_2 import client_reads
from adapters.v2_2.names import name_of, rename_person
from adapters.v2_2.privacy import presence_if_known, presence_of
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from adapters.v2_2.shapes import items
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import AnswerTooLarge, InvalidValue
from contracts.model.profile import MAX_ID
from contracts.model.roster import Roster
from contracts.model.times import with_zone, without_zone
from contracts.rules.lens import Mentions

PAGE: Final = 100
#: A last message that is longer is shown with its first characters.
_LONG_BYTES: Final = 8_000
_BEGINNING: Final = 2_000
_KINDS: Final = {"direct": ("direct",), "groups": ("group", "channel"), "channels": ("channel",)}


def number(document: Document, name: str, default: int, most: int) -> int:
    """A whole number of the query; `InvalidValue` for what is none or is out of bounds."""
    text = document.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > most:
        raise InvalidValue(f"must be a whole number from 0 to {most}", place=f"$.query.{name}")
    return int(text)


async def every_conversation(
    context: OperationContext, enough: int = MAX_ID, kind: str = "any"
) -> list[Node]:
    """The caller's conversations that a filter lets through, each once; stops where ``enough`` were found."""
    archived = set() if kind == "any" else await _archived(context)
    found: dict[int, Node] = {}
    offset, size, more = 0, PAGE, True
    while more and len(found) < enough:
        try:
            page = await _page(context, size, offset)
        except AnswerTooLarge:
            size //= 2
            if not size:
                raise
            continue
        for one in page:
            _mark(one, archived)
            if _wanted(one, kind):
                found.setdefault(read(one, "id"), one)
        offset += size
        more = len(page) == size
    return list(found.values())


async def _page(context: OperationContext, size: int, offset: int) -> list[Node]:
    query = {"limit": str(size), "offset": str(offset)}
    page = items((await context.ask(LIST, Document({}, query, None))).body, "conversations")
    for one in page:
        _shorten(one)
    return page


def _shorten(one: Node) -> None:
    """Of a last message that is long the beginning is enough; before there were limits it could have megabytes."""
    content = one.get("last_message_content")
    if isinstance(content, msgspec.Raw) and len(content) > _LONG_BYTES:
        one["last_message_content"] = str(readable(read(one, "last_message_content")))[:_BEGINNING]


async def conversations_by_id(context: OperationContext) -> dict[Any, Node]:
    """The caller's conversations by their id."""
    return {read(one, "id"): one for one in await every_conversation(context)}


async def direct_conversations(context: OperationContext) -> dict[Any, Node]:
    """The caller's direct conversations by the other person."""
    found = await every_conversation(context)
    return {read(one, "other_user_id"): one for one in found if read(one, "type") == "direct"}


async def _archived(context: OperationContext) -> set[int]:
    """What the caller archived for itself: the deployed list reads another column."""
    rows = await context.facts("archived", context.caller.user_id)
    return {row["conversation_id"] for row in rows or ()}


def _mark(one: Node, archived: set[int]) -> None:
    if read(one, "id") in archived:
        one["is_archived"] = True


def _wanted(one: Node, kind: str) -> bool:
    if kind == "any":
        return True
    if bool(read(one, "is_archived")) != (kind == "archived"):
        return False
    if kind == "unread":
        return bool(read(one, "unread_count"))
    return kind not in _KINDS or read(one, "type") in _KINDS[kind]


async def list_down(asked: Document, context: OperationContext) -> Document:
    """The list, filtered and paged by us, with the presence of the other people in it."""
    limit, offset = number(asked, "limit", 50, PAGE), number(asked, "offset", 0, MAX_ID)
    found = await every_conversation(context, offset + limit, asked.query.get("filter_type", "all"))
    shown = found[offset : offset + limit]
    others = [user for one in shown if isinstance(user := read(one, "other_user_id"), int)]
    presence = await presence_if_known(list(dict.fromkeys(others)), context)
    roster = await context.find(Mentions(set(), set(others)))
    rows = (
        await context.facts("conversations", [read(one, "id") for one in shown], context.caller.user_id) or ()
    )
    facts = {row["id"]: row for row in rows}
    return asked._replace(
        body=[_down(one, presence, facts.get(read(one, "id"), {}), roster) for one in shown]
    )


def _down(one: Node, presence: dict[int, Node], facts: Mapping[str, Any], roster: Roster) -> Node:
    direct = read(one, "type") == "direct"
    other = read(one, "other_user_id") if direct else None
    return {
        **head(one, direct=direct),
        "other_user": _other(one, other, presence.get(other, {}), roster) if other else None,
        "last_message": _last_message(one, facts.get("last_message_id"), roster.caller.user_id),
        "last_message_at": with_zone(one.get("last_message_time")),
        "unread_count": one["unread_count"],
        "is_muted": one["is_muted"],
        "is_pinned": False,
        "is_archived": one["is_archived"],
        "last_read_at": with_zone(one.get("last_read_at")),
        "last_read_message_id": facts.get("last_read_message_id"),
        "chat_cleared_at": with_zone(facts.get("chat_cleared_at")),
        "participant_count": one["participant_count"],
    }


def head(one: Node, *, direct: bool) -> Node:
    """What every answer says of a conversation; a direct one has neither name nor picture of its own."""
    return {
        "id": one["id"],
        "type": one["type"],
        "name": None if direct else one["name"],
        "description": one["description"],
        "avatar_url": None if direct else one["avatar_url"],
        "created_by_user_id": one.get("created_by_user_id"),
        "created_at": with_zone(one["created_at"]),
        "updated_at": with_zone(one["updated_at"]),
    }


def _other(one: Node, user: int, presence: Node, roster: Roster) -> Node:
    return {
        "user_id": user,
        "name": name_of(user, roster, str(read(one, "name") or "")),
        "avatar": one["avatar_url"],
        "online": presence.get("is_online", False),
        "last_seen": presence.get("last_seen"),
        "online_hidden": presence.get("online_hidden", False),
        "last_seen_hidden": presence.get("last_seen_hidden", False),
    }


def _last_message(one: Node, id_: int | None, me: int) -> Node | None:
    if read(one, "last_message_time") is None:
        return None
    sender = read(one, "last_message_sender_user_id")
    return {
        "id": id_,
        "content": readable(one.get("last_message_content")),
        "type": one["last_message_type"],
        "created_at": with_zone(one["last_message_time"]),
        "sender_user_id": sender,
        "is_mine": sender == me,
    }


def readable(content: Any) -> Any:
    """A text, unless the deployed backend gave out its ciphertext."""
    text = read({"content": content}, "content")
    return "[encrypted]" if isinstance(text, str) and text.startswith("gAAAAA") else content


async def list_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: the flat form."""
    limit, offset = number(asked, "limit", 50, PAGE), number(asked, "offset", 0, MAX_ID)
    answer = await context.own(asked)
    found = [opened(one, "$.body[]") for one in answer.body]
    lasts = [opened(one.get("last_message"), "$.body[].last_message") or {} for one in found]
    senders = {user for last in lasts if isinstance(user := read(last, "sender_user_id"), int)}
    others = [opened(one.get("other_user"), "$.body[].other_user") or {} for one in found]
    senders |= {user for other in others if isinstance(user := read(other, "user_id"), int)}
    roster = await context.find(Mentions(set(), senders))
    shown = [_up(one, last, roster) for one, last in zip(found, lasts, strict=True)]
    for one, other in zip(shown, others, strict=True):
        client_reads.listed(one, {**other, "is_online": other["online"]} if other else {}, roster)
    return asked._replace(
        body={"conversations": shown, "total": len(shown), "limit": limit, "offset": offset}
    )


_KEPT: Final = (
    "id",
    "type",
    "name",
    "description",
    "avatar_url",
    "created_by_user_id",
    "created_at",
    "updated_at",
    "is_muted",
    "is_archived",
    "last_read_at",
    "unread_count",
    "participant_count",
)


def _up(one: Node, last: Node, roster: Roster) -> Node:
    response = {key: without_zone(one[key]) if key.endswith("_at") else one[key] for key in _KEPT}
    if other := opened(one.get("other_user"), "$.body[].other_user"):
        response |= {"name": other["name"], "avatar_url": other["avatar"], "other_user_id": other["user_id"]}
    response |= {
        "last_message_content": last.get("content"),
        "last_message_type": last.get("type"),
        "last_message_sender_user_id": last.get("sender_user_id"),
        "last_message_time": without_zone(last.get("created_at")),
    }
    if last:
        response["last_message_sender_name"] = name_of(read(last, "sender_user_id"), roster)
    return response


async def list_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients: with the presence of the other people."""
    found = items(answer.body, "conversations")
    answer.body["conversations"] = found
    direct = [one for one in found if read(one, "type") == "direct"]
    others = {user for one in direct if isinstance(user := read(one, "other_user_id"), int)}
    roster = await context.find(Mentions(set(), others))
    presence = await optional(presence_of, others, context, share=0.75) or {}
    for one in found:
        one["last_message_content"] = readable(one.get("last_message_content"))
        client_reads.listed(one, presence.get(read(one, "other_user_id"), {}), roster)


async def list_mended(asked: Document, context: OperationContext) -> Document:
    """In front of 2.2, for its own clients: its list; in smaller pages where that is too large for us."""
    try:
        answer = await context.ask(LIST, asked)
    except AnswerTooLarge:
        limit, offset = number(asked, "limit", 50, PAGE), number(asked, "offset", 0, MAX_ID)
        found = (await every_conversation(context, offset + limit))[offset : offset + limit]
        page = {"total": len(found), "limit": limit, "offset": offset}
        answer = asked._replace(body={"conversations": found, **page})
    await optional(list_beside, answer, context)
    return answer


async def get_down(asked: Document, context: OperationContext) -> Document:
    """Details, from the deployed details and its list: the last message and the presence stand only there."""
    answer = await context.ask(GET, Document(asked.path, {}, None))
    one: Node = opened(answer.body["conversation"], "$.body.conversation")
    people = items(one, "participants")
    entry = (await optional(conversations_by_id, context) or {}).get(read(one, "id"), {})
    direct = read(one, "type") == "direct"
    other = read(one, "other_user_id") if direct else None
    presence = await presence_if_known([other] if other else [], context)
    roster = await context.find(Mentions(set(), {read(person, "user_id") for person in people}))
    mine = next((p for p in people if read(p, "user_id") == context.caller.user_id), {})
    response = {
        **head(one, direct=direct),
        "is_archived": mine.get("is_archived", False),
        "is_muted": mine.get("is_muted", False),
        "last_message_at": with_zone(entry.get("last_message_time")),
        "other_user": _other(one, other, presence.get(other, {}), roster) if other else None,
        "participants": [_participant(person, roster) for person in people],
        "pinned_messages": [],
        "shared_media": await _media(one, context),
    }
    return asked._replace(body=response)


async def _media(one: Node, context: OperationContext) -> Node:
    rows = await context.facts("media", read(one, "id"), context.caller.user_id)
    return rows[0] if rows else {"images": 0, "files": 0}


def _participant(person: Node, roster: Roster) -> Node:
    rename_person(person, roster)
    role = "admin" if read(person, "role") in ("admin", "owner") else "member"
    kept = {key: person[key] for key in ("user_id", "name", "avatar")}
    return {**kept, "role": role, "joined_at": with_zone(person.get("joined_at"))}


async def get_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: wrapped, the pins and media counts left out."""
    answer = await context.own(asked)
    body = answer.body
    me, people = context.caller.user_id, items(body, "participants")
    for person in people:
        mine = read(person, "user_id") == me
        person |= {key: body[key] if mine else False for key in ("is_muted", "is_archived")}
        person["joined_at"] = without_zone(person["joined_at"])
    one = {key: body[key] for key in _KEPT[:6]} | {"participants": people}
    one |= {key: without_zone(body[key]) for key in ("created_at", "updated_at")}
    if other := opened(body.get("other_user"), "$.body.other_user"):
        one |= {"name": other["name"], "avatar_url": other["avatar"], "other_user_id": other["user_id"]}
    pinned = items(body, "pinned_messages")
    roster = await context.find(Mentions(set(), {read(person, "user_id") for person in people}))
    return answer._replace(body={"conversation": one, **_opened_up(one, people, pinned, roster)})


def _opened_up(one: Node, people: list[Node], pinned: list[Node], roster: Roster) -> Node:
    """What the client reads of the details at the top of the answer."""
    client_reads.participants(people, roster)
    one["participants"] = people
    kept = {key: one.get(key) for key in ("id", "type", "name", "created_by_user_id")}
    return {**kept, **client_reads.creator(one), "participants": people, "pinned_messages": pinned}


async def get_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients."""
    one: Node = opened(answer.body["conversation"], "$.body.conversation")
    people = items(one, "participants")
    roster = await context.find(Mentions(set(), {read(person, "user_id") for person in people}))
    answer.body.update(conversation=one, **_opened_up(one, people, [], roster))


LIST: Final[Row] = row(
    "conversations.list",
    "GET /conversations",
    from_2_1=list_down,
    from_2_2=list_up,
    instead=list_mended,
)
GET: Final[Row] = row(
    "conversations.get",
    "GET /conversations/{conversation_id}",
    from_2_1=get_down,
    from_2_2=get_up,
    beside=get_beside,
)
ENDPOINTS = [LIST, GET]
