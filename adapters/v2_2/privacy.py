"""What the deployed backend should refuse and does not: blocks, who may write, who may forward, who sees presence.

All of it is read from the same backend as the persons concerned, which its trust in ``user_id`` allows.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from adapters.optional import optional
from adapters.v2_2.row import OperationContext, Row, row
from adapters.v2_2.settings import settings_of
from adapters.v2_2.shapes import items
from contracts.model.document import Document, Node, read
from contracts.model.errors import Forbidden
from contracts.model.privacy import REFUSALS
from contracts.model.times import with_zone

ONLINE: Final = timedelta(minutes=5)
BLOCKED: Final[Row] = row("blocks.list", "GET /blocked")
CHECK: Final[Row] = row("connections.check", "POST /api/connections/check")
STATUSES: Final[Row] = row("presence.bulk", "GET /users/online-status")


async def check_may_write(other: int, context: OperationContext) -> None:
    """Raises `Forbidden` when the other person blocks the caller, or is blocked, or does not want messages."""
    await _check(other, context, "who_can_message")


async def check_may_call(other: int, context: OperationContext) -> None:
    """The same for calls."""
    await _check(other, context, "allow_calls_from")


async def _check(other: int, context: OperationContext, setting: str) -> None:
    me = context.caller.user_id
    mine, theirs, choice = await asyncio.gather(
        _blocked_by(None, context), _blocked_by(other, context), settings_of(other, context)
    )
    if me in theirs:
        raise Forbidden("You have been blocked by this user")
    if other in mine:
        raise Forbidden("You have blocked this user")
    who = read(choice, setting)
    if who == "everyone" or (who == "connections" and await are_connected(other, context)):
        return
    # A value that we do not know is read as the strictest one.
    refusals = REFUSALS[setting]
    raise Forbidden(refusals.get(who, refusals["none"]))


async def check_may_forward(author: int, context: OperationContext) -> None:
    """Raises `Forbidden` when the author of a message does not want it forwarded."""
    if author != context.caller.user_id and read(await settings_of(author, context), "disable_forwarding"):
        raise Forbidden("This message cannot be forwarded - sender has disabled forwarding")


async def _blocked_by(user: int | None, context: OperationContext) -> set[int]:
    """Whom somebody (None: the caller) blocks. The deployed list also holds those who were unblocked again."""
    rows = await context.facts("blocks", context.caller.user_id if user is None else user)
    if rows is not None:
        return {row["blocked_user_id"] for row in rows}
    answer = await context.ask(BLOCKED, Document({}, {}, None), user=user)
    return {read(item, "user_id") for item in items(answer.body, "blocked_contacts")}


async def are_connected(other: int, context: OperationContext) -> bool:
    """Whether the caller has an accepted connection with this person."""
    answer = await context.ask(CHECK, Document({}, {}, {"target_user_id": other}))
    return bool(read(answer.body, "is_connected"))


async def show_receipts(people: Collection[int], context: OperationContext) -> dict[int, bool | None]:
    """Who of these people shows when it has read something; None where that is not known."""
    found = await asyncio.gather(*(optional(_shows_receipts, user, context, share=0.5) for user in people))
    return dict(zip(people, found, strict=True))


async def _shows_receipts(user: int, context: OperationContext) -> bool | None:
    return bool(read(await settings_of(user, context), "read_receipts"))


async def presence_of(people: Collection[int], context: OperationContext) -> dict[int, Node]:
    """Presence as 2.1 says it: online within five minutes of the last sign of life, and only for those who may know.

    The deployed backend never takes "online" back by itself and hides nothing.
    """
    if not people:
        return {}
    ids = ",".join(str(user) for user in people)
    answer = await context.ask(STATUSES, Document({}, {"user_ids": ids}, None))
    found = {read(item, "user_id"): item for item in items(answer.body, "statuses")}
    # Only who has something to hide is asked for its choice.
    seen = [user for user, item in found.items() if read(item, "last_seen") is not None]
    asked = [user for user in seen if user != context.caller.user_id]
    response = await asyncio.gather(
        *(optional(_chosen, user, found[user], context, share=0.5) for user in asked)
    )
    shown = {user: one or _unknown(user) for user, one in zip(asked, response, strict=True)}
    return {
        user: shown.get(user) or _shown(user, found.get(user, {}), {}, context.now, hides_last_seen=False)
        for user in people
    }


async def presence_if_known(people: Collection[int], context: OperationContext) -> dict[int, Node]:
    """The same for lists, which a backend that fails here (it does on some databases) must not take along."""
    return await optional(presence_of, people, context) or {}


async def _chosen(user: int, item: Node, context: OperationContext) -> Node:
    """One person's presence as it lets itself be seen."""
    choice = await settings_of(user, context)
    who = read(choice, "last_seen_visibility")
    hides = who == "nobody" or (who == "connections" and not await are_connected(user, context))
    return _shown(user, item, choice, context.now, hides_last_seen=hides)


def _unknown(user: int) -> Node:
    """Whose choice is not known is not shown."""
    response = {"is_online": False, "last_seen": None, "online_hidden": False, "last_seen_hidden": False}
    return {"user_id": user, **response}


def _shown(user: int, item: Node, choice: Node, now: datetime, *, hides_last_seen: bool) -> Node:
    last_seen = read(item, "last_seen")
    hides_online = read(choice, "online_status") is False
    online = bool(read(item, "is_online")) and is_fresh(last_seen, now)
    return {
        "user_id": user,
        "is_online": online and not hides_online,
        "last_seen": None if hides_last_seen else with_zone(last_seen),
        "online_hidden": hides_online,
        "last_seen_hidden": hides_last_seen,
    }


def is_fresh(last_seen: object, now: datetime) -> bool:
    """Whether this time (UTC, without a zone) is less than five minutes ago."""
    if not isinstance(last_seen, str):
        return False
    try:
        then = datetime.fromisoformat(last_seen).replace(tzinfo=None)
    except ValueError:
        return False
    return now - then < ONLINE
