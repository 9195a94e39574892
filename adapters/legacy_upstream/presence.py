"""Presence: a person is online when one of its roles is, and hides what one of them hides."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from adapters.legacy_upstream.answers import answer, done
from adapters.legacy_upstream.roles import any_role, roles_of
from adapters.legacy_upstream.row import OperationContext, Row
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import InvalidValue
from contracts.model.profile import parse_id
from contracts.model.times import with_zone
from contracts.rules.lens import Mentions

MOST_PEOPLE: Final = 100


async def presence_of(users: Collection[int], context: OperationContext) -> dict[int, Node]:
    """One request for all roles of everybody; who has no role is offline."""
    roster = await context.find(Mentions(set(), set(users)))
    roles = {user: roles_of(person) if (person := roster.person(user)) else [] for user in users}
    keys = [str(role) for of_person in roles.values() for role in of_person]
    response: Any = {}
    if keys:
        query = {"profile_ids": ",".join(keys)}
        asked = await context.ask("presence.bulk", any_role(context.person), Document({}, query, None))
        response = opened(asked.body["statuses"], "$.body.statuses")
    return {
        user: _merged(user, [opened(response.get(str(role)), "$.body.statuses") or {} for role in of_person])
        for user, of_person in roles.items()
    }


def _merged(user: int, statuses: Iterable[Node]) -> Node:
    found = list(statuses)
    seen = [text for one in found if (text := read(one, "last_seen"))]
    return {
        "user_id": user,
        "is_online": any(read(one, "is_online") is True for one in found),
        "last_seen": with_zone(max(seen)) if seen else None,
        **{name: any(read(one, name) for one in found) for name in ("online_hidden", "last_seen_hidden")},
    }


async def bulk(asked: Document, context: OperationContext) -> Document:
    """In the order asked, each person once."""
    texts = [text.strip() for text in asked.query.get("user_ids", "").split(",")]
    users = [parse_id(text, f"$.query.user_ids[{position}]") for position, text in enumerate(texts) if text]
    if len(users) > MOST_PEOPLE:
        raise InvalidValue(f"at most {MOST_PEOPLE} people at once", place="$.query.user_ids")
    return answer({"statuses": list((await presence_of(list(dict.fromkeys(users)), context)).values())})


async def one(asked: Document, context: OperationContext) -> Document:
    """One person."""
    user = int(asked.path["target_user_id"])
    return answer((await presence_of([user], context))[user])


async def beat(asked: Document, context: OperationContext) -> Document:
    """A sign of life of every role, or others would see one of them offline. "Away" cannot be expressed there."""
    if asked.query.pop("is_online", "true").lower() not in ("false", "0"):
        query = {"device_name": "Unknown device", "device_type": "desktop", **asked.query}
        for role in roles_of(context.person):
            await context.ask("presence.update", role, Document({}, dict(query), None))
    return done("Status updated", last_active="now")


ENDPOINTS = [
    Row("presence.bulk", bulk, own={"statuses": {}}),
    Row("presence.get", one, own={"is_online": False, "last_seen": None}),
    Row(
        "presence.update",
        beat,
        own={"success": True, "last_active": "now"},
        limits="`is_online=false` is answered and not told to the backend: a person goes offline by time",
    ),
]
