"""Conversations: the list, creation, details.

2.2 shows a direct conversation under the other person's name and picture, writes the last message as flat keys, and
lists one twice for whoever takes part with two rows.
"""

from typing import Any, Final

from adapters.deployed.names import name_of, rename_person
from adapters.deployed.privacy import check_may_write, presence_of
from adapters.deployed.row import Row, Talk, row
from adapters.deployed.shapes import items, with_zone, without_zone
from contracts.document import Document, Node, opened, read
from contracts.errors import InvalidRequest, InvalidValue, Unsupported
from contracts.lens import Mentions
from contracts.profile import MAX_ID
from contracts.roster import Roster

PAGE: Final = 100
_KINDS: Final = {"direct": ("direct",), "groups": ("group", "channel"), "channels": ("channel",)}


def number(document: Document, name: str, default: int, most: int) -> int:
    """A whole number of the query; `InvalidValue` for what is none or is out of bounds."""
    text = document.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > most:
        raise InvalidValue(f"must be a whole number from 0 to {most}", place=f"$.query.{name}")
    return int(text)


async def every_conversation(talk: Talk, enough: int = MAX_ID, kind: str = "all") -> list[Node]:
    """The caller's conversations that a filter lets through, each once; stops where ``enough`` were found."""
    found: dict[int, Node] = {}
    offset = 0
    while len(found) < enough:
        query = {"limit": str(PAGE), "offset": str(offset)}
        page = items((await talk.ask(LIST, Document({}, query, None))).body, "conversations")
        found |= {read(one, "id"): one for one in page if read(one, "id") not in found and _wanted(one, kind)}
        offset += PAGE
        if len(page) < PAGE:
            break
    return list(found.values())


def _wanted(one: Node, kind: str) -> bool:
    if bool(read(one, "is_archived")) != (kind == "archived"):
        return False
    if kind == "unread":
        return bool(read(one, "unread_count"))
    return kind not in _KINDS or read(one, "type") in _KINDS[kind]


async def list_down(asked: Document, talk: Talk) -> Document:
    """The list, filtered and paged by us, with the presence of the other people in it."""
    limit, offset = number(asked, "limit", 50, PAGE), number(asked, "offset", 0, MAX_ID)
    found = await every_conversation(talk, offset + limit, asked.query.get("filter_type", "all"))
    shown = found[offset : offset + limit]
    others = [user for one in shown if isinstance(user := read(one, "other_user_id"), int)]
    presence = await presence_of(list(dict.fromkeys(others)), talk)
    roster = await talk.find(Mentions(set(), set(others)))
    return asked._replace(body=[_down(one, presence, roster) for one in shown])


def _down(one: Node, presence: dict[int, Node], roster: Roster) -> Node:
    direct = read(one, "type") == "direct"
    other = read(one, "other_user_id") if direct else None
    return {
        **_head(one, direct=direct),
        "other_user": _other(one, other, presence.get(other, {}), roster) if other else None,
        "last_message": _last_message(one, roster.caller.user_id),
        "last_message_at": with_zone(one.get("last_message_time")),
        "unread_count": one["unread_count"],
        "is_muted": one["is_muted"],
        "is_pinned": False,
        "is_archived": one["is_archived"],
        "last_read_at": with_zone(one.get("last_read_at")),
        "last_read_message_id": None,
        "chat_cleared_at": None,
        "participant_count": one["participant_count"],
    }


def _head(one: Node, *, direct: bool) -> Node:
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


def _last_message(one: Node, me: int) -> Node | None:
    if read(one, "last_message_time") is None:
        return None
    sender = read(one, "last_message_sender_user_id")
    return {
        "id": None,
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


async def list_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1: the flat form."""
    limit, offset = number(asked, "limit", 50, PAGE), number(asked, "offset", 0, MAX_ID)
    answer = await talk.own(asked)
    found = [opened(one, "$.body[]") for one in answer.body]
    lasts = [opened(one.get("last_message"), "$.body[].last_message") or {} for one in found]
    senders = {user for last in lasts if isinstance(user := read(last, "sender_user_id"), int)}
    roster = await talk.find(Mentions(set(), senders))
    shown = [_up(one, last, roster) for one, last in zip(found, lasts, strict=True)]
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
    told = {key: without_zone(one[key]) if key.endswith("_at") else one[key] for key in _KEPT}
    if other := opened(one.get("other_user"), "$.body[].other_user"):
        told |= {"name": other["name"], "avatar_url": other["avatar"], "other_user_id": other["user_id"]}
    told |= {
        "last_message_content": last.get("content"),
        "last_message_type": last.get("type"),
        "last_message_sender_user_id": last.get("sender_user_id"),
        "last_message_time": without_zone(last.get("created_at")),
    }
    if last:
        told["last_message_sender_name"] = name_of(read(last, "sender_user_id"), roster)
    return told


async def create_guard(sent: Document, talk: Talk) -> None:
    """2.2 answers a conversation with oneself with somebody else's, and asks nobody before it opens one."""
    if not isinstance(sent.body, dict) or (read(sent.body, "type") or "direct") != "direct":
        return
    people = read(sent.body, "participant_user_ids")
    if not isinstance(people, list) or not people:
        return
    others = [user for user in people if user != talk.caller.user_id]
    if not others:
        raise InvalidRequest("You cannot start a conversation with yourself")
    if len(others) == 1 and isinstance(others[0], int):
        await check_may_write(others[0], talk)


async def create_down(asked: Document, talk: Talk) -> Document:
    """A direct conversation; whether it was there before is looked up, since 2.2 always says so."""
    kind = read(asked.body, "type") if isinstance(asked.body, dict) else None
    if kind not in (None, "direct"):
        raise Unsupported("The deployed chat service cannot create groups")
    people = [user for user in _people(asked.body) if user != talk.caller.user_id]
    before = {read(one, "other_user_id"): one for one in await _direct(talk)}
    body = {"type": "direct", "participant_user_ids": people}
    answer = await talk.ask(CREATE, Document({}, {}, body))
    return asked._replace(
        body=_started(answer, before.get(people[0] if people else None), talk.caller.user_id)
    )


def _people(body: Any) -> list[Any]:
    people = read(body, "participant_user_ids") if isinstance(body, dict) else None
    if not isinstance(people, list):
        raise InvalidValue("must be a list", place="$.body.participant_user_ids")
    return list(dict.fromkeys(people))


async def _direct(talk: Talk) -> list[Node]:
    return [one for one in await every_conversation(talk) if read(one, "type") == "direct"]


def _started(answer: Document, before: Node | None, me: int) -> Node:
    one: Node = opened(answer.body["conversation"], "$.body.conversation")
    existing = before is not None and read(before, "id") == read(one, "id")
    creator = before.get("created_by_user_id") if existing and before else me
    other = read(one, "other_user_id")
    return {
        "conversation_id": one["id"],
        "existing": existing,
        "conversation": {**_head(one, direct=True), "created_by_user_id": creator},
        "added_participants": [] if existing else [{"user_id": other}],
        "rejected_participants": [],
        "message": "Conversation exists" if existing else "Conversation created",
    }


async def create_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1."""
    answer = await talk.own(asked)
    one: Node = opened(answer.body["conversation"], "$.body.conversation")
    one.pop("created_by_user_id", None)
    one |= {key: without_zone(one[key]) for key in ("created_at", "updated_at")}
    if read(one, "type") == "direct":
        people = read(asked.body, "participant_user_ids") or []
        other = next((user for user in people if user != talk.caller.user_id), None)
        someone = (await talk.find(Mentions(set(), {other} if other else set()))).person(other or 0)
        one |= {"other_user_id": other, "name": someone.modern_name if someone else None}
        one["avatar_url"] = someone.avatar if someone else None
    existing = bool(read(answer.body, "existing"))
    message = "Existing conversation returned" if existing else "Conversation created successfully"
    return answer._replace(body={"conversation": one, "message": message})


async def get_down(asked: Document, talk: Talk) -> Document:
    """Details, from the deployed details and its list: the last message and the presence stand only there."""
    answer = await talk.ask(GET, Document(asked.path, {}, None))
    one: Node = opened(answer.body["conversation"], "$.body.conversation")
    people = items(one, "participants")
    listed = {read(entry, "id"): entry for entry in await every_conversation(talk)}
    entry = listed.get(read(one, "id"), {})
    direct = read(one, "type") == "direct"
    other = read(one, "other_user_id") if direct else None
    presence = await presence_of([other] if other else [], talk)
    roster = await talk.find(Mentions(set(), {read(person, "user_id") for person in people}))
    mine = next((p for p in people if read(p, "user_id") == talk.caller.user_id), {})
    told = {
        **_head(one, direct=direct),
        "is_archived": mine.get("is_archived", False),
        "is_muted": mine.get("is_muted", False),
        "last_message_at": with_zone(entry.get("last_message_time")),
        "other_user": _other(one, other, presence[other], roster) if other else None,
        "participants": [_participant(person, roster) for person in people],
        "pinned_messages": [],
        "shared_media": {"images": 0, "files": 0},
    }
    return asked._replace(body=told)


def _participant(person: Node, roster: Roster) -> Node:
    rename_person(person, roster)
    role = "admin" if read(person, "role") in ("admin", "owner") else "member"
    kept = {key: person[key] for key in ("user_id", "name", "avatar")}
    return {**kept, "role": role, "joined_at": with_zone(person.get("joined_at"))}


async def get_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1: wrapped, the pins and media counts left out."""
    answer = await talk.own(asked)
    body = answer.body
    me, people = talk.caller.user_id, items(body, "participants")
    for person in people:
        mine = read(person, "user_id") == me
        person |= {key: body[key] if mine else False for key in ("is_muted", "is_archived")}
        person["joined_at"] = without_zone(person["joined_at"])
    one = {key: body[key] for key in _KEPT[:6]} | {"participants": people}
    one |= {key: without_zone(body[key]) for key in ("created_at", "updated_at")}
    if other := opened(body.get("other_user"), "$.body.other_user"):
        one |= {"name": other["name"], "avatar_url": other["avatar"], "other_user_id": other["user_id"]}
    return answer._replace(body={"conversation": one})


LIST: Final[Row] = row("conversations.list", "GET /conversations", down=list_down, up=list_up)
CREATE: Final[Row] = row(
    "conversations.create", "POST /conversations", down=create_down, up=create_up, guard=create_guard
)
GET: Final[Row] = row("conversations.get", "GET /conversations/{conversation_id}", down=get_down, up=get_up)
ENDPOINTS = [LIST, CREATE, GET]
