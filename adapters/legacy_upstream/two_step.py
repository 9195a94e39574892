"""Two-step verification: each role has its own there. It is on for a person when it is on for one of its roles.

The old routes take passwords in the query; the gateway writes them there on the way to the old backend only, and
logs no query.
"""

from collections.abc import Sequence

from adapters.legacy_upstream.answers import answer, body_of, done, kept
from adapters.legacy_upstream.roles import any_role, roles_of
from adapters.legacy_upstream.row import OperationContext, Row
from contracts.model.document import Document, Node, read
from contracts.model.errors import InvalidRequest, InvalidValue, NotFound
from contracts.model.profile import Profile

NOT_ENABLED = "Two-step verification not enabled"


async def _states(context: OperationContext) -> list[tuple[Profile, Node]]:
    return [
        (role, (await context.ask("two_step.get", role, Document({}, {}, None))).body)
        for role in roles_of(context.person)
    ]


async def _enabled(context: OperationContext) -> list[Profile]:
    any_role(context.person)
    return [role for role, state in await _states(context) if read(state, "enabled")]


def _texts(asked: Document, *names: str, optional: Sequence[str] = ()) -> dict[str, str]:
    body = body_of(asked)
    for name in names:
        if not isinstance(read(body, name), str):
            raise InvalidValue("must be text", place=f"$.body.{name}")
    return {name: text for name in (*names, *optional) if isinstance(text := read(body, name), str)}


async def get(asked: Document, context: OperationContext) -> Document:
    """Whether it is on for a role, and where codes could go."""
    states = [state for _, state in await _states(context)]
    on = [state for state in states if read(state, "enabled")]
    email = next((text for state in [*on, *states] if (text := read(state, "email"))), None)
    return answer({"enabled": bool(on), "email": email, "has_password": bool(on)})


async def enable(asked: Document, context: OperationContext) -> Document:
    """For all roles. It stops, and says so, at the first that refuses."""
    query = _texts(asked, "password", optional=("recovery_email",))
    if await _enabled(context):
        raise InvalidRequest("Two-step verification is already enabled")
    for role in roles_of(context.person):
        await context.ask("two_step.enable", role, Document({}, dict(query), None))
    return done("Two-step verification enabled")


async def _change(name: str, message: str, query: dict[str, str], context: OperationContext) -> Document:
    """Where it is on. Roles may have different passwords: the first that refuses ends it."""
    roles = await _enabled(context)
    if not roles:
        raise NotFound(NOT_ENABLED)
    for role in roles:
        await context.ask(name, role, Document({}, dict(query), None))
    return done(message)


async def disable(asked: Document, context: OperationContext) -> Document:
    """Where it is on."""
    query = _texts(asked, "password")
    return await _change("two_step.disable", "Two-step verification disabled", query, context)


async def change_password(asked: Document, context: OperationContext) -> Document:
    """Where it is on."""
    query = _texts(asked, "current_password", "new_password")
    return await _change("two_step.change_password", "Password changed successfully", query, context)


async def change_email(asked: Document, context: OperationContext) -> Document:
    """Where it is on."""
    query = _texts(asked, "password", "new_email")
    return await _change("two_step.change_email", "Recovery email updated", query, context)


async def _one(context: OperationContext) -> Profile:
    roles = await _enabled(context)
    return roles[0] if roles else any_role(context.person)


async def verify(asked: Document, context: OperationContext) -> Document:
    """In the role for which it is on."""
    body = dict(_texts(asked, "password"))
    response = await context.ask("two_step.verify", await _one(context), Document({}, {}, body))
    return answer(response.body)


async def forgot(asked: Document, context: OperationContext) -> Document:
    """A code for the account's address."""
    response = await context.ask("two_step.forgot", await _one(context), Document({}, {}, None))
    return done("Reset code sent to your account email", **kept(response.body, "email_masked"))


async def reset(asked: Document, context: OperationContext) -> Document:
    """With that code."""
    body = dict(_texts(asked, "otp", "new_password"))
    await context.ask("two_step.reset", await _one(context), Document({}, {}, body))
    return done("Password reset successfully")


_OFF = {"enabled": False, "email": None, "has_password": False}
ENDPOINTS = [
    Row("two_step.get", get, own=_OFF),
    Row("two_step.enable", enable),
    Row("two_step.disable", disable, secret=True),
    Row("two_step.change_password", change_password, secret=True),
    Row("two_step.change_email", change_email, secret=True),
    Row("two_step.verify", verify, secret=True),
    Row("two_step.forgot", forgot),
    Row("two_step.reset", reset, secret=True),
]
