"""Blocks: a person blocks a person. The old backend stores pairs of roles: one is written, all are looked at.

That a block holds whatever roles the two use is the work of `adapters.legacy_upstream.guards`.
"""

from adapters.legacy_upstream.answers import answer, body_of, done, kept, listed, roster_of, zoned
from adapters.legacy_upstream.roles import NO_ROLE, any_role, role_towards, roles_of
from adapters.legacy_upstream.row import Fact, OperationContext, Row
from contracts.model.document import Document, Node, read
from contracts.model.errors import InvalidRequest, NotFound, Unsupported
from contracts.model.profile import PROFILE_TYPES, Profile, parse_id
from contracts.model.roster import Person, Roster
from contracts.rules.lens import Mentions


async def _target(value: object, place: str, context: OperationContext) -> Person:
    user = parse_id(value, place)
    if user == context.caller.user_id:
        raise InvalidRequest("You cannot block yourself", place=place)
    person = (await context.find(Mentions(set(), {user}))).person(user)
    if person is None:
        raise NotFound("User not found", place=place)
    return person


async def create(asked: Document, context: OperationContext) -> Document:
    """One row, of the roles that know each other."""
    body = body_of(asked)
    person = await _target(read(body, "blocked_user_id"), "$.body.blocked_user_id", context)
    if not person.roles:
        raise Unsupported(NO_ROLE)
    mine, theirs = await role_towards(person, context)
    sent = {
        "blocked_profile_id": theirs.id,
        "blocked_profile_type": theirs.type,
        "blocked_user_id": person.user_id,
        "reason": body.get("reason"),
    }
    await context.ask("blocks.create", mine, Document({}, {}, sent))
    return done("User blocked successfully")


async def delete(asked: Document, context: OperationContext) -> Document:
    """Every row between the two people; none is fine too."""
    user = parse_id(asked.path["blocked_user_id"], "$.path.blocked_user_id")
    any_role(context.person)
    rows = await context.facts("blocks", context.caller.user_id, user)
    pairs = {await _pair(row, user, context) for row in rows}
    for mine, theirs in sorted(pair for pair in pairs if pair):
        path = {"blocked_profile_id": str(theirs.id), "blocked_profile_type": theirs.type}
        await context.ask("blocks.delete", mine, Document(path, {}, None))
    return done("User unblocked successfully")


async def _pair(row: Fact, user: int, context: OperationContext) -> tuple[Profile, Profile] | None:
    """The roles of a block; where a newer backend wrote none, those by which the two know each other."""
    if row["my_type"] in PROFILE_TYPES and row["type"] in PROFILE_TYPES:
        return Profile(row["my_type"], row["my_id"]), Profile(row["type"], row["id"])
    person = (await context.find(Mentions(set(), {user}))).person(user)
    return await role_towards(person, context) if person and person.roles else None


async def list_blocks(asked: Document, context: OperationContext) -> Document:
    """Everybody once, with the first block and all reasons."""
    found: dict[int, Node] = {}
    for role in roles_of(context.person):
        response = await context.ask("blocks.list", role, Document({}, {}, None))
        for one in listed(response.body, "blocked"):
            user = read(one, "blocked_user_id")
            found[user] = _merged(found[user], one) if user in found else one
    rows = sorted(found.values(), key=lambda one: read(one, "blocked_at") or "", reverse=True)
    roster = await roster_of(rows, context, users=("blocked_user_id",))
    return answer({"blocked_contacts": [_entry(one, roster) for one in rows]})


def _merged(one: Node, other: Node) -> Node:
    first = min((one, other), key=lambda row: read(row, "blocked_at") or "")
    reasons = dict.fromkeys(text for row in (one, other) if (text := read(row, "reason")))
    return {**first, "reason": "; ".join(reasons) or None}


def _entry(one: Node, roster: Roster) -> Node:
    user = read(one, "blocked_user_id")
    return {
        **kept(one, "id", "first_name", "father_name", "reason"),
        "user_id": user,
        "name": roster.modern_name(user, str(read(one, "first_name") or "")),
        "avatar": one.get("profile_picture"),
        **zoned(one, "blocked_at"),
    }


ENDPOINTS = [
    Row("blocks.create", create),
    Row("blocks.delete", delete),
    Row("blocks.list", list_blocks, own={"blocked": []}),
]
