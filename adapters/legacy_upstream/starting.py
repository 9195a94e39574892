"""Starting conversations, and who is in a group.

The old backend looks for a direct conversation of two *roles*. So the database is asked first for one of the two
people, in whatever roles, and only where there is none a new one is made.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakValueDictionary

from adapters.legacy_upstream.answers import (
    answer,
    body_of,
    chosen,
    done,
    head,
    listed,
    roster_of,
    user_at,
)
from adapters.legacy_upstream.guards import check as check_relation
from adapters.legacy_upstream.guards import may_start, refusal, relation
from adapters.legacy_upstream.roles import (
    NO_ROLE,
    any_role,
    member_roles,
    members,
    role_among,
    role_in,
    role_towards,
    rows_of,
)
from adapters.legacy_upstream.row import Fact, OperationContext, Row
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import Forbidden, InvalidRequest, InvalidValue, NotFound
from contracts.model.privacy import ADDING
from contracts.model.profile import Profile, parse_id
from contracts.rules.lens import Mentions

_LIST: Final = "$.body.participant_user_ids"
#: One at a time a pair of people: two clients that start the same conversation at once get the same one.
_starting: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()


def _people(asked: Document, me: int) -> list[int]:
    given = opened(body_of(asked).get("participant_user_ids"), _LIST)
    if not isinstance(given, list):
        raise InvalidValue("must be a list", place=_LIST)
    users = [parse_id(opened(one, _LIST), f"{_LIST}[{index}]") for index, one in enumerate(given)]
    return [user for user in dict.fromkeys(users) if user != me]


async def create(asked: Document, context: OperationContext) -> Document:
    """A direct conversation, or a group or channel."""
    kind = read(body_of(asked), "type") or "direct"
    if kind not in ("direct", *ADDING):
        raise InvalidValue("must be direct, group or channel", place="$.body.type")
    if kind != "direct":
        return await _create_group("conversations.create", kind, asked, context)
    people = _people(asked, context.caller.user_id)
    if not people:
        raise InvalidRequest("You cannot start a conversation with yourself", place=_LIST)
    if len(people) > 1:
        raise InvalidRequest("Direct conversations must have exactly one other participant", place=_LIST)
    pair = (min(context.caller.user_id, people[0]), max(context.caller.user_id, people[0]))
    lock = _starting.setdefault(pair, asyncio.Lock())
    async with lock:
        return await _create_direct(people[0], context)


async def _create_direct(other: int, context: OperationContext) -> Document:
    person = (await context.find(Mentions(set(), {other}))).person(other)
    if person is None:
        raise NotFound("User not found", place=_LIST)
    await check_relation(other, "who_can_message", context)
    known = await context.facts("direct", context.caller.user_id, other)
    if known:
        return await _started(known[0]["id"], await role_in(known[0]["id"], context), None, context)
    if not person.roles:
        raise Forbidden(NO_ROLE)
    mine, theirs = await role_towards(person, context)
    body = {"type": "direct", "participants": [_named(theirs, other)]}
    response = await context.ask("conversations.create", mine, Document({}, {}, body))
    return await _started(read(response.body, "conversation_id"), mine, response.body, context)


def _named(role: Profile, user: int) -> Node:
    return {**chosen([role])[0], "user_id": user}


async def _create_group(name: str, kind: str, asked: Document, context: OperationContext) -> Document:
    body = body_of(asked)
    if not str(read(body, "name") or "").strip():
        raise InvalidRequest("Group conversations must have a name", place="$.body.name")
    added, rejected = await _sorted_out(_people(asked, context.caller.user_id), kind, context)
    sent: Node = {key: body[key] for key in ("name", "description", "avatar_url") if key in body}
    if name == "conversations.create":
        sent["type"] = kind
    sent["participants"] = [_named(role, user) for user, role in added]
    mine = any_role(context.person)
    response = await context.ask(name, mine, Document({}, {}, sent))
    return await _started(read(response.body, "conversation_id"), mine, response.body, context, rejected)


async def create_group(asked: Document, context: OperationContext) -> Document:
    """The same with the type group."""
    return await _create_group("groups.create", "group", asked, context)


async def _sorted_out(
    people: Sequence[int], kind: str, context: OperationContext
) -> tuple[list[tuple[int, Profile]], list[Node]]:
    """Those who may be added, with the role for it, and the others with the reason."""
    setting = ADDING[kind]
    roster = await context.find(Mentions(set(), set(people)))
    added: list[tuple[int, Profile]] = []
    rejected: list[Node] = []
    for user in people:
        person = roster.person(user)
        if person is None or not person.roles:
            reason: str | None = "User not found" if person is None else NO_ROLE
        else:
            reason = refusal(await relation(user, context), setting)
        if reason is None and person is not None:
            added.append((user, (await role_towards(person, context))[1]))
        else:
            rejected.append({"user_id": user, "reason": reason})
    return added, rejected


async def _started(
    id_: int, role: Profile, response: Node | None, context: OperationContext, rejected: Sequence[Node] = ()
) -> Document:
    context.forget(id_)
    one: Node = (
        await context.ask("conversations.get", role, Document({"conversation_id": str(id_)}, {}, None))
    ).body
    body = response or {"existing": True}
    names = ("added_participants", "rejected_participants")
    pairs = {name: listed(body, name) if name in body else [] for name in names}
    roster = await roster_of([one, *pairs[names[0]], *pairs[names[1]]], context, "created_by_", "")
    existing = bool(read(body, "existing"))
    users = {name: [(user_at(pair, roster), pair) for pair in found] for name, found in pairs.items()}
    refused = [
        {"user_id": user, "reason": read(pair, "reason") or ""} for user, pair in users[names[1]] if user
    ]
    return answer(
        {
            "conversation_id": id_,
            "existing": existing,
            "conversation": head(one, roster),
            "added_participants": [{"user_id": user} for user, _ in users[names[0]] if user],
            "rejected_participants": [*rejected, *refused],
            "message": "Conversation already exists" if existing else "Conversation created",
        }
    )


async def _administered(asked: Document, deed: str, context: OperationContext) -> list[Fact]:
    """The members of a group whose admin the caller is. Raises `Forbidden`."""
    rows = await members(int(asked.path["conversation_id"]), context)
    admin = any(row["role"] == "admin" for row in rows_of(rows, context.caller.user_id))
    if not admin or rows[0]["kind"] == "direct":
        raise Forbidden(f"Only admins can {deed}")
    return rows


async def add(asked: Document, context: OperationContext) -> Document:
    """Who is in it already, in whatever role, counts as added."""
    people = _people(asked, context.caller.user_id)
    rows = await _administered(asked, "add participants", context)
    there = {row["user_id"] for row in rows}
    new = [user for user in people if user not in there]
    wanted, rejected = await _sorted_out(new, rows[0]["kind"], context)
    rejected += await _add(asked, wanted, role_among(rows, context.person), context)
    context.forget(int(asked.path["conversation_id"]))
    refused = {one["user_id"] for one in rejected}
    return answer(
        {"added": [{"user_id": user} for user in people if user not in refused], "rejected": rejected}
    )


async def _add(
    asked: Document, wanted: Sequence[tuple[int, Profile]], mine: Profile, context: OperationContext
) -> list[Node]:
    """Ask for it. Answers whom the old backend refuses, with the reason."""
    if not wanted:
        return []
    body = {"participants": [_named(role, user) for user, role in wanted]}
    response = (await context.ask("participants.add", mine, Document(asked.path, {}, body))).body
    refused = listed(response, "rejected")
    roster = await roster_of(refused, context, "")
    users = [(user_at(one, roster), read(one, "reason") or "") for one in refused]
    return [{"user_id": user, "reason": reason} for user, reason in users if user is not None]


async def remove(asked: Document, context: OperationContext) -> Document:
    """Every row of the person; the old backend says "success" to whatever it does not find."""
    user = parse_id(asked.path["participant_user_id"], "$.path.participant_user_id")
    leaving = user == context.caller.user_id
    conversation = int(asked.path["conversation_id"])
    if leaving:
        rows = await members(conversation, context)
    else:
        rows = await _administered(asked, "remove participants", context)
    if rows[0]["kind"] == "direct":
        raise InvalidRequest("A direct conversation has always its two people")
    mine = role_among(rows, context.person)
    person = (await context.find(Mentions(set(), {user}))).person(user)
    if person is not None and rows_of(rows, user):
        for role in member_roles(rows, person):
            path = {**_pair_in_path(role), "conversation_id": str(conversation)}
            await context.ask("participants.remove", role if leaving else mine, Document(path, {}, None))
    context.forget(conversation)
    return done("Left the conversation" if leaving else "Participant removed")


def _pair_in_path(role: Profile) -> dict[str, str]:
    return {"participant_profile_id": str(role.id), "participant_profile_type": role.type}


async def update(asked: Document, context: OperationContext) -> Document:
    """What a group shows of itself; the answer has it as it is now."""
    body = body_of(asked)
    given: dict[str, Any] = {
        key: text for key in ("name", "description", "avatar_url") if (text := read(body, key))
    }
    if "name" in body and not str(read(body, "name") or "x").strip():
        raise InvalidValue("must not be empty", place="$.body.name")
    rows = await _administered(asked, "update conversation details", context)
    role = role_among(rows, context.person)
    if given:
        await context.ask("conversations.update", role, Document(asked.path, given, None))
    one: Node = (await context.ask("conversations.get", role, Document(asked.path, {}, None))).body
    roster = await roster_of([one], context, "created_by_")
    return done("Conversation updated", conversation=head(one, roster))


ENDPOINTS = [
    Row("conversations.create", create, guard=may_start),
    Row("groups.create", create_group),
    Row("participants.add", add, "conversation"),
    Row("participants.remove", remove, "conversation"),
    Row("conversations.update", update, "conversation"),
]
