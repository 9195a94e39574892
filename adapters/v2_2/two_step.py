"""The second password. 2.2 takes bare strings, overwrites a password that is set, and never sends its mail."""

from adapters.v2_2.row import ClientContext, OperationContext, row
from adapters.v2_2.settings import TWO_STEP
from adapters.v2_2.shapes import done, from_query, scalar
from contracts.model.document import Document, Node, read
from contracts.model.errors import InvalidRequest
from contracts.model.roster import Roster
from contracts.rules.lens import each, lens
from contracts.rules.shapes import rename


async def get_down(asked: Document, context: OperationContext) -> Document:
    """The address itself is not returned by 2.2, only that there is one."""
    enabled = bool(read((await context.ask(TWO_STEP, Document({}, {}, None))).body, "is_enabled"))
    return asked._replace(body={"enabled": enabled, "email": None, "has_password": enabled})


async def get_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    answer = await context.own(asked)
    has_email = read(answer.body, "email") is not None
    enabled = answer.body["enabled"]
    beside = {"enabled": enabled, "email": answer.body.get("email")}
    return answer._replace(body={"is_enabled": enabled, "has_recovery_email": has_email, **beside})


async def get_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients: they read ``enabled`` before the chat opens."""
    answer.body["enabled"] = bool(read(answer.body, "is_enabled"))


async def not_set_yet(sent: Document, context: OperationContext) -> None:
    """Whoever got hold of a session could otherwise replace the password without knowing it."""
    if read((await context.ask(TWO_STEP, Document({}, {}, None))).body, "is_enabled"):
        raise InvalidRequest("Two-step verification is already enabled")


def _wrong(node: Node, _: Roster) -> None:
    if not read(node, "verified"):
        node["error"] = "Incorrect password"


async def forgot_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    answer = await context.own(asked)
    return answer._replace(body={"message": "Recovery email sent", "email": answer.body["email_masked"]})


_BASE = "/security/two-step"
_DONE = lens(done())
ENDPOINTS = [
    row("two_step.get", f"GET {_BASE}", from_2_1=get_down, from_2_2=get_up, beside=get_beside),
    row(
        "two_step.enable",
        f"POST {_BASE}/enable",
        request=lens(from_query("password", "recovery_email")),
        response=_DONE,
        guard=not_set_yet,
    ),
    row(
        "two_step.disable",
        f"POST {_BASE}/disable",
        request=lens(from_query("password"), scalar("password")),
        response=_DONE,
    ),
    row(
        "two_step.change_password",
        f"POST {_BASE}/change-password",
        request=lens(from_query("current_password", "new_password")),
        response=_DONE,
    ),
    row("two_step.change_email", f"POST {_BASE}/change-email", response=_DONE),
    row(
        "two_step.verify",
        f"POST {_BASE}/verify",
        request=lens(scalar("password")),
        response=lens(each("body", _wrong)),
    ),
    row(
        "two_step.forgot",
        f"POST {_BASE}/forgot",
        from_2_2=forgot_up,
        cannot="The deployed chat service sends no mail",
    ),
    row(
        "two_step.reset",
        f"POST {_BASE}/reset",
        request=lens(rename("body", reset_token="otp")),  # noqa: S106
        response=_DONE,
    ),
]
