"""In which role a person asks the old backend, and in which it is named there.

Membership decides: who takes part in a conversation as tutor 7 is asked for as tutor 7, whatever role is preferred
elsewhere. A person who is in it with two rows (they were two before people had numbers) counts once: an admin's row
before a member's, the earlier before the later.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from adapters.legacy_upstream.row import Fact, OperationContext, Where
from contracts.model.document import Document, read
from contracts.model.errors import Forbidden, NotFound, Unsupported
from contracts.model.profile import PROFILE_TYPES, USER_TYPE, Profile, parse_id
from contracts.model.roster import Person

NOT_IN_IT: Final = "You are not a participant in this conversation"
NO_ROLE: Final = "A person without a role cannot use the old chat service"
#: Of each thing that a request may be about, the parameter and the text of the 404.
_ABOUT: Final = {
    "message": ("message_id", "Message not found"),
    "poll": ("poll_id", "Poll not found"),
    "call": ("call_id", "Call not found"),
}


def roles_of(person: Person) -> list[Profile]:
    """All roles, the preferred one first."""
    return [role.profile for role in person.roles]


def any_role(person: Person) -> Profile:
    """The preferred role; `Unsupported` for a person without one."""
    if not person.roles:
        raise Unsupported(NO_ROLE)
    return person.profile


def pair_of(row: Fact) -> Profile | None:
    """The pair of a row; None where it has none, or one that is nobody's (``system``)."""
    if row["type"] not in PROFILE_TYPES or row["id"] is None:
        return None
    return Profile(row["type"], row["id"])


async def members(conversation_id: int, context: OperationContext) -> list[Fact]:
    """The active rows of a conversation that the caller is in. Raises `Forbidden` for any other one."""
    rows = await context.facts("members", conversation_id)
    if not rows_of(rows, context.caller.user_id):
        context.forget(conversation_id)
        rows = await context.facts("members", conversation_id)
    if not rows_of(rows, context.caller.user_id):
        raise Forbidden(NOT_IN_IT)
    return rows


def rows_of(rows: Iterable[Fact], user: int) -> list[Fact]:
    """A person's rows among the members', the one that counts first (the read sorts them)."""
    return [row for row in rows if row["user_id"] == user]


def role_among(rows: Sequence[Fact], person: Person) -> Profile:
    """The role by which a person is a member."""
    found = [pair for row in rows_of(rows, person.user_id) if (pair := pair_of(row))]
    return found[0] if found else any_role(person)


def member_roles(rows: Sequence[Fact], person: Person) -> list[Profile]:
    """All roles by which a person is a member; any of its own where a newer backend wrote the row without one."""
    found = [pair for row in rows_of(rows, person.user_id) if (pair := pair_of(row))]
    return found or roles_of(person) or [any_role(person)]


async def role_in(conversation_id: int, context: OperationContext) -> Profile:
    """The caller's role in a conversation."""
    return role_among(await members(conversation_id, context), context.person)


async def about(where: Where, document: Document, context: OperationContext) -> Fact:
    """The row of the message, poll or call that a request names in its path. Raises `NotFound`."""
    parameter, text = _ABOUT[where]
    given = document.path.get(parameter) or document.path.get("call_log_id")
    rows = await context.facts(where, parse_id(given, f"$.path.{parameter}"))
    if not rows:
        raise NotFound(text)
    return rows[0]


async def conversation_of(where: Where, document: Document, context: OperationContext) -> int:
    """The conversation that a request is about, in whatever part of it that stands."""
    if where != "conversation":
        found: int = (await about(where, document, context))["conversation_id"]
        return found
    body = document.body if isinstance(document.body, dict) else {}
    for value in (document.path.get("conversation_id"), document.query.get("conversation_id")):
        if value is not None:
            return parse_id(value, "$.path.conversation_id")
    return parse_id(read(body, "conversation_id"), "$.body.conversation_id")


async def check_member(where: Where, document: Document, role: Profile, context: OperationContext) -> None:
    """Raises `Forbidden` unless the caller takes part, in this role, in the conversation of the request."""
    if not where:
        return
    rows = await members(await conversation_of(where, document, context), context)
    if role not in member_roles(rows, context.person):
        raise Forbidden("Not a participant of this conversation")


async def role_towards(other: Person, context: OperationContext) -> tuple[Profile, Profile]:
    """The caller's role and the other person's, as their connection names them, else the preferred ones."""
    mine, theirs = any_role(context.person), any_role(other)
    for row in await context.facts("connection", context.caller.user_id, other.user_id):
        mine = context.person.role_of(row["my_type"]) or mine
        theirs = other.role_of(row["other_type"]) or theirs
    return mine, theirs


def is_real(profile: Profile) -> bool:
    """Whether the old backend can know this name."""
    return profile.type != USER_TYPE


def pair_at(node: Any, prefix: str = "") -> Profile | None:
    """The profile in an answer of the old backend; None for none, and for what is nobody's."""
    type_, id_ = read(node, f"{prefix}profile_type"), read(node, f"{prefix}profile_id")
    if type_ not in PROFILE_TYPES or not isinstance(id_, int):
        return None
    return Profile(type_, id_)
