"""Presence: of one person, of several, and one's own heartbeat."""

from typing import Any

from contracts.model.document import Document, opened, read
from contracts.model.profile import Profile
from contracts.operation import Operation, OperationContext, Trial, by_hand, operation
from contracts.rules.lens import Mentions
from contracts.rules.people import Keys

_KEYS = Keys("user_ids", "profile_ids")
_OFFLINE = {"is_online": False, "last_seen": None, "online_hidden": False, "last_seen_hidden": False}


async def online_status(asked: Document, context: OperationContext) -> Document:
    """A map by the keys that were asked; a person may have several. An unknown profile is offline, as ever."""
    wanted = _KEYS.profiles_in(asked)
    roster = await context.find(Mentions({profile for _, profile in wanted}, set()))
    users = {key: roster.user_of(profile) for key, profile in wanted}
    known = _statuses(await _ask_bulk(context, {u for u in users.values() if u is not None}))
    return asked._replace(body={"statuses": {key: known.get(user, _OFFLINE) for key, user in users.items()}})


async def _ask_bulk(context: OperationContext, users: set[int]) -> Document:
    if not users:
        return Document({}, {}, {"statuses": []})
    ids = ",".join(str(user) for user in sorted(users))
    return await context.send(BULK, Document({}, {"user_ids": ids}, None))


def _statuses(answer: Document) -> dict[int | None, dict[str, Any]]:
    found: dict[int | None, dict[str, Any]] = {}
    for item in opened(answer.body["statuses"], "$.body.statuses"):
        status = opened(item, "$.body.statuses[]")
        found[read(status, "user_id")] = {key: status[key] for key in _OFFLINE}
    return found


async def status(asked: Document, context: OperationContext) -> Document:
    """One person's presence; the ``*_hidden`` keys stand only where something is hidden."""
    target = Profile(asked.path["target_profile_type"], int(asked.path["target_profile_id"]))
    roster = await context.find(Mentions({target}, set()))
    user = roster.user_of(target)
    if user is None:
        return asked._replace(body={"is_online": False, "last_seen": None})
    answer = await context.send(ONE, Document({"target_user_id": str(user)}, {}, None))
    found = {key: read(answer.body, key) for key in _OFFLINE}
    body: dict[str, Any] = {"is_online": found["is_online"], "last_seen": answer.body["last_seen"]}
    if found["online_hidden"]:
        body.update(is_online=None, online_hidden=True)
    if found["last_seen_hidden"]:
        body.update(last_seen_hidden=True)
    return asked._replace(body=body)


BULK: Operation = by_hand(
    "presence.bulk",
    "GET /users/online-status",
    online_status,
    trial=Trial(also=("profile_ids", "user_ids")),
    safe="reads",
)
ONE: Operation = by_hand(
    "presence.get",
    "GET /users/{target_profile_id}/{target_profile_type}/status",
    status,
    modern="GET /users/{target_user_id}/status",
    safe="reads",
)
ENDPOINTS = [
    BULK,
    ONE,
    operation("presence.update", "POST /users/status/update", trial=Trial(also=("device_name",), step=True)),
]
