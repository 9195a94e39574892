"""What a conversation is to one person: muted, cleared, and how far the others have read; who is typing."""

from adapters.legacy_upstream.answers import answer, body_of, done, kept, listed, roster_of, user_at, zoned
from adapters.legacy_upstream.roles import member_roles, members, role_among
from adapters.legacy_upstream.row import Fact, OperationContext, Row, invented
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import InvalidValue
from contracts.model.roster import Roster

ARCHIVE = "The old chat service archives a conversation for everybody in it"


def _flag(asked: Document, name: str) -> bool:
    value = read(body_of(asked), name)
    if not isinstance(value, bool):
        raise InvalidValue("must be true or false", place=f"$.body.{name}")
    return value


async def _rows(asked: Document, context: OperationContext) -> list[Fact]:
    return await members(int(asked.path["conversation_id"]), context)


async def mute(asked: Document, context: OperationContext) -> Document:
    """For every row of the person: a wrong role gets "success" and changes nothing."""
    wanted = _flag(asked, "is_muted")
    for role in member_roles(await _rows(asked, context), context.person):
        query = {"muted": str(wanted).lower()}
        await context.ask("conversations.mute", role, Document(asked.path, query, None))
    return done(f"Conversation {'muted' if wanted else 'unmuted'}", is_muted=wanted)


async def clear(asked: Document, context: OperationContext) -> Document:
    """For every row of the person."""
    for role in member_roles(await _rows(asked, context), context.person):
        await context.ask("history.clear", role, Document(asked.path, {}, None))
    return done("Chat history deleted for your account only")


async def read_status(asked: Document, context: OperationContext) -> Document:
    """Of a direct conversation the old answer names nobody: it is the other member's."""
    rows = await _rows(asked, context)
    role = role_among(rows, context.person)
    body = (await context.ask("read_status.get", role, Document(asked.path, {}, None))).body
    kind = rows[0]["kind"]
    if kind == "direct":
        others = [row["user_id"] for row in rows if row["user_id"] != context.caller.user_id]
        status = opened(body.get("read_status"), "$.body.read_status")
        found = [{**status, "user_id": others[0]}] if status and others else []
    else:
        found = listed(body, "readers")
    roster = await roster_of(found, context, "", users=("user_id",))
    response = [one for row in found if (one := _reader(row, roster))]
    hidden = kind == "direct" and bool(read(body, "hidden"))
    reason = read(body, "reason") if kind == "direct" else None
    return answer({"type": kind, "hidden": hidden, "reason": reason, "read_status": response})


def _reader(row: Node, roster: Roster) -> Node | None:
    user = read(row, "user_id") or user_at(row, roster)
    if user is None or user == roster.caller.user_id:
        return None
    person = roster.person(user)
    return {
        "user_id": user,
        "name": roster.modern_name(user, str(read(row, "name") or "")),
        "avatar": person.avatar if person else row.get("avatar"),
        **zoned(row, "last_read_at"),
        "last_read_message_id": row.get("last_read_message_id"),
    }


async def typing(asked: Document, context: OperationContext) -> Document:
    """Members only: the old backend takes the word of anybody who says that somebody types."""
    rows = await _rows(asked, context)
    body = (
        await context.ask("typing.get", role_among(rows, context.person), Document(asked.path, {}, None))
    ).body
    found = listed(body, "typing_users")
    roster = await roster_of(found, context, "")
    users = dict.fromkeys(user_at(one, roster) for one in found)
    members_here = {row["user_id"] for row in rows} - {context.caller.user_id}
    response = [_typer(user, roster) for user in users if user in members_here]
    return answer({"typing_users": response, "is_someone_typing": bool(response)})


def _typer(user: int | None, roster: Roster) -> Node:
    person = roster.person(user) if user is not None else None
    return {"user_id": user, "name": roster.modern_name(user), "avatar": person.avatar if person else None}


async def set_typing(asked: Document, context: OperationContext) -> Document:
    """Say that one is typing, unless the settings of that role keep it private."""
    wanted = _flag(asked, "is_typing")
    role = role_among(await _rows(asked, context), context.person)
    sent = Document(asked.path, {"is_typing": str(wanted).lower()}, None)
    body = (await context.ask("typing.set", role, sent)).body
    if not read(body, "broadcasted"):
        return answer({"broadcasted": False, "reason": read(body, "reason") or ""})
    response = {"conversation_id": int(asked.path["conversation_id"]), "user_id": context.caller.user_id}
    return answer({"broadcasted": True, **response, "is_typing": wanted})


async def typing_allowed(asked: Document, context: OperationContext) -> Document:
    """By the settings of the role in this conversation."""
    role = role_among(await _rows(asked, context), context.person)
    body = (await context.ask("typing.allowed", role, Document(asked.path, {}, None))).body
    return answer(kept(body, "can_broadcast_typing"))


ENDPOINTS = [
    Row("conversations.mute", mute, "conversation"),
    Row("conversations.archive", None, "conversation", cannot=ARCHIVE),
    Row("history.clear", clear, "conversation"),
    invented("conversations.delete"),
    Row("read_status.get", read_status, "conversation", limits="who shows no read marks is left out"),
    Row("typing.get", typing, "conversation", limits="who is typing stands in the memory of that backend"),
    Row("typing.set", set_typing, "conversation"),
    Row("typing.allowed", typing_allowed, "conversation"),
]
