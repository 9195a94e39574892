"""Messages: sending, changing, reacting, pinning. The old backend checks little of it; here it is checked."""

from typing import Any, Final

from adapters.legacy_upstream.answers import answer, body_of, done, kept, zoned
from adapters.legacy_upstream.guards import may_write
from adapters.legacy_upstream.roles import about, any_role, members, pair_of, role_among, role_in, rows_of
from adapters.legacy_upstream.row import Fact, OperationContext, Row
from contracts.model.document import Document, Node, read
from contracts.model.errors import Forbidden, InvalidValue, NotFound
from contracts.model.profile import Profile, parse_id
from contracts.rules.lens import Mentions

_SENT: Final = ("message_type", "content", "media_url", "media_metadata", "reply_to_id")
_FORWARDED: Final = ("is_forwarded", "forwarded_from_avatar")
_ALL: Final[tuple[str, ...]] = (*_SENT, *_FORWARDED)


async def send(asked: Document, context: OperationContext) -> Document:
    """Into the conversation as the role by which the caller is in it; the answer repeats what was sent."""
    conversation = int(asked.path["conversation_id"])
    role = await role_in(conversation, context)
    body = body_of(asked)
    if read(body, "message_type") in (None, "text") and not read(body, "content"):
        raise InvalidValue("a text needs content", place="$.body.content")
    sent: Node = {"conversation_id": conversation, **{key: body[key] for key in _ALL if key in body}}
    sent |= await _origin(body, context)
    response = (await context.ask("messages.send", role, Document({}, {}, sent))).body
    return answer(await _sent(conversation, body, response, context))


async def _origin(body: Node, context: OperationContext) -> Node:
    """From whom a message is forwarded. The role in which it was written there is not known here."""
    found: Node = {"forwarded_from": body["forwarded_from_name"]} if "forwarded_from_name" in body else {}
    author = read(body, "forwarded_from_user_id")
    if author is None:
        return found
    user = parse_id(author, "$.body.forwarded_from_user_id")
    person = (await context.find(Mentions(set(), {user}))).person(user)
    if person is None:
        raise NotFound("User not found", place="$.body.forwarded_from_user_id")
    role = any_role(person)
    pair = {"forwarded_from_profile_id": role.id, "forwarded_from_profile_type": role.type}
    return {**found, **pair, "is_forwarded": True}


async def _sent(conversation: int, body: Node, response: Node, context: OperationContext) -> Node:
    me = context.caller.user_id
    roster = await context.find(Mentions(set(), {me}))
    message: dict[str, Any] = {
        "id": response["message_id"],
        "conversation_id": conversation,
        "sender_user_id": me,
        "sender_name": roster.modern_name(me, str(read(response, "sender_name") or "")),
        "sender_avatar": roster.avatar_of(me),
        **kept(body, *_SENT[1:]),
        "message_type": response.get("message_type", "text"),
        **zoned(response, "created_at"),
    }
    if read(body, "is_forwarded") or read(body, "forwarded_from_user_id") is not None:
        message |= kept(body, "forwarded_from_user_id", "forwarded_from_name", "forwarded_from_avatar")
        message["is_forwarded"] = True
    return message


async def _own(asked: Document, deed: str, context: OperationContext) -> Profile:
    """The role in which the caller wrote the message of the request. Raises `NotFound`, `Forbidden`."""
    found = await about("message", asked, context)
    rows = await members(found["conversation_id"], context)
    if found["deleted"]:
        raise NotFound("Message not found")
    if found["sender_user_id"] != context.caller.user_id:
        raise Forbidden(f"You can only {deed} your own messages")
    return pair_of(found) or role_among(rows, context.person)


async def edit(asked: Document, context: OperationContext) -> Document:
    """In the role in which it was written."""
    role = await _own(asked, "edit", context)
    await context.ask("messages.edit", role, Document(asked.path, {}, asked.body))
    return done("Message edited", message_id=int(asked.path["message_id"]))


async def delete(asked: Document, context: OperationContext) -> Document:
    """For everybody, as in 2.1."""
    role = await _own(asked, "delete", context)
    await context.ask("messages.delete", role, Document(asked.path, {"for_everyone": "true"}, None))
    return done("Message deleted")


async def _members_of(asked: Document, context: OperationContext) -> list[Fact]:
    return await members((await about("message", asked, context))["conversation_id"], context)


async def react(asked: Document, context: OperationContext) -> Document:
    """A person has one reaction in 2.1, many there: the others are taken away first."""
    reaction = read(body_of(asked), "reaction")
    rows = await _members_of(asked, context)
    await _take_back(asked, context, but=reaction)
    role = role_among(rows, context.person)
    await context.ask("reactions.add", role, Document(asked.path, {}, asked.body))
    return done("Reaction added")


async def take_reaction_back(asked: Document, context: OperationContext) -> Document:
    """In every role in which it was given; a wrong role gets "success" and removes nothing."""
    await _members_of(asked, context)
    await _take_back(asked, context, only=asked.path["reaction"])
    return done("Reaction removed")


async def _take_back(
    asked: Document, context: OperationContext, *, but: object = None, only: str | None = None
) -> None:
    given = await context.facts("my_reactions", int(asked.path["message_id"]), context.caller.user_id)
    for row in given:
        role = pair_of(row)
        if role is None or row["reaction"] == but or only not in (None, row["reaction"]):
            continue
        path = {**asked.path, "reaction": row["reaction"]}
        await context.ask("reactions.remove", role, Document(path, {}, None))


async def _pinning(asked: Document, deed: str, context: OperationContext) -> Profile:
    """Only admins pin in a group, both people in a direct conversation; the old backend lets everybody."""
    rows = await _members_of(asked, context)
    mine = rows_of(rows, context.caller.user_id)
    if rows[0]["kind"] != "direct" and not any(row["role"] == "admin" for row in mine):
        raise Forbidden(f"Only admins can {deed}")
    return role_among(rows, context.person)


async def pin(asked: Document, context: OperationContext) -> Document:
    """Pin."""
    await context.ask(
        "messages.pin", await _pinning(asked, "pin messages", context), Document(asked.path, {}, None)
    )
    return done("Message pinned")


async def unpin(asked: Document, context: OperationContext) -> Document:
    """Unpin."""
    await context.ask(
        "messages.unpin", await _pinning(asked, "unpin messages", context), Document(asked.path, {}, None)
    )
    return done("Message unpinned")


async def may_pin(document: Document, context: OperationContext) -> None:
    """The same for what comes in the legacy form."""
    await _pinning(document, "pin messages", context)


ENDPOINTS = [
    Row("messages.send", send, "conversation", guard=may_write),
    Row("messages.edit", edit, "message"),
    Row("messages.delete", delete, "message"),
    Row(
        "reactions.add",
        react,
        "message",
        limits="a person keeps one reaction a message, the others are removed",
    ),
    Row("reactions.remove", take_reaction_back, "message"),
    Row("messages.pin", pin, "message", guard=may_pin),
    Row("messages.unpin", unpin, "message", guard=may_pin),
]
