"""What the old backend decides for pairs of roles and people expect between persons: blocks and privacy.

One read says all that two people have between them. The most protective choice of a person's roles counts.
"""

from collections.abc import Sequence
from typing import Final

from adapters.legacy_upstream.roles import conversation_of, members, pair_at
from adapters.legacy_upstream.row import Fact, OperationContext
from contracts.model.document import Document, objects, place, read
from contracts.model.errors import Forbidden
from contracts.model.privacy import LEVELS, REFUSALS
from contracts.model.profile import Profile
from contracts.rules.lens import Mentions
from contracts.rules.people import resolve

_PARTICIPANTS: Final = place("body.participants[]")


def most_protective(values: Sequence[str | None]) -> str:
    """The strictest of the choices of a person's roles.

    A role that never chose allows everybody, a choice that we do not know nobody.
    """
    ranks = [LEVELS.index(value) if value in LEVELS else 2 for value in values if value is not None]
    return LEVELS[max(ranks, default=0)]


def refusal(relation: Fact, setting: str) -> str | None:
    """Why the caller may not turn to the other person, or None."""
    if relation["blocked_by_them"]:
        return "You have been blocked by this user"
    if relation["blocked_by_me"]:
        return "You have blocked this user"
    level = most_protective(relation[setting])
    if level == "everyone" or (level == "connections" and relation["connected"]):
        return None
    return REFUSALS[setting][level]


async def relation(other: int, context: OperationContext) -> Fact:
    """What the caller and another person have between them."""
    return (await context.facts("relation", context.caller.user_id, other))[0]


async def check(other: int, setting: str, context: OperationContext) -> None:
    """Raises `Forbidden` with the reason."""
    reason = refusal(await relation(other, context), setting)
    if reason:
        raise Forbidden(reason)


async def may_write(document: Document, context: OperationContext) -> None:
    """Before a message is sent: to the other person of a direct conversation, and from whom it is forwarded."""
    other = await _other_of(document, context)
    if other is not None:
        await check(other, "who_can_message", context)
    body = document.body if isinstance(document.body, dict) else {}
    author = await _person(pair_at(body, "forwarded_from_"), None, context)
    if author in (None, context.caller.user_id):
        return
    if any((await relation(author, context))["disable_forwarding"]):
        raise Forbidden("This message cannot be forwarded - sender has disabled forwarding")


async def may_call(document: Document, context: OperationContext) -> None:
    """Before a call begins."""
    other = await _other_of(document, context)
    if other is not None:
        await check(other, "allow_calls_from", context)


async def may_start(document: Document, context: OperationContext) -> None:
    """Before a direct conversation is created; groups sort out whom they may add by themselves."""
    body = document.body if isinstance(document.body, dict) else {}
    if read(body, "type") not in (None, "direct"):
        return
    for one in objects(document, _PARTICIPANTS):
        other = await _person(pair_at(one), read(one, "user_id"), context)
        if other is not None and other != context.caller.user_id:
            await check(other, "who_can_message", context)


async def _other_of(document: Document, context: OperationContext) -> int | None:
    rows = await members(await conversation_of("conversation", document, context), context)
    me = context.caller.user_id
    others = {row["user_id"] for row in rows} - {me}
    return others.pop() if rows[0]["kind"] == "direct" and len(others) == 1 else None


async def _person(pair: Profile | None, beside: int | None, context: OperationContext) -> int | None:
    profiles = {pair} if pair else set()
    users = {beside} if isinstance(beside, int) else set()
    return resolve(pair, beside, await context.find(Mentions(profiles, users)))
