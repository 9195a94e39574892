"""Starting a direct conversation: 2.2 asks nobody, and always says that it was there before. Groups it cannot start."""

from typing import Any, Final

from adapters.optional import optional
from adapters.v2_2.conversations import direct_conversations, head
from adapters.v2_2.privacy import check_may_write
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import InvalidRequest, InvalidValue, Unsupported
from contracts.model.times import without_zone
from contracts.rules.lens import Mentions


async def create_guard(sent: Document, context: OperationContext) -> None:
    """2.2 answers a conversation with oneself with somebody else's, and asks nobody before it opens one."""
    if not isinstance(sent.body, dict) or (read(sent.body, "type") or "direct") != "direct":
        return
    people = read(sent.body, "participant_user_ids")
    if not isinstance(people, list) or not people:
        return
    others = [user for user in people if user != context.caller.user_id]
    if not others:
        raise InvalidRequest("You cannot start a conversation with yourself")
    if len(others) != 1 or not isinstance(others[0], int):
        return
    if others[0] not in (await optional(direct_conversations, context) or {}):
        await check_may_write(others[0], context)


async def create_down(asked: Document, context: OperationContext) -> Document:
    """A direct conversation; whether it was there before is looked up, since 2.2 always says so."""
    kind = read(asked.body, "type") if isinstance(asked.body, dict) else None
    if kind not in (None, "direct"):
        raise Unsupported("The deployed chat service cannot create groups")
    people = _people(asked.body)
    others = [user for user in people if user != context.caller.user_id]
    before = await optional(direct_conversations, context) or {}
    body = {"type": "direct", "participant_user_ids": others or people}
    answer = await context.ask(CREATE, Document({}, {}, body))
    known = before.get(others[0]) if others else None
    return asked._replace(body=_started(answer, known, context.caller.user_id))


def _people(body: Any) -> list[Any]:
    people = read(body, "participant_user_ids") if isinstance(body, dict) else None
    if not isinstance(people, list):
        raise InvalidValue("must be a list", place="$.body.participant_user_ids")
    return list(dict.fromkeys(people))


def _started(answer: Document, before: Node | None, me: int) -> Node:
    one: Node = opened(answer.body["conversation"], "$.body.conversation")
    existing = before is not None and read(before, "id") == read(one, "id")
    creator = before.get("created_by_user_id") if existing and before else me
    other = read(one, "other_user_id")
    return {
        "conversation_id": one["id"],
        "existing": existing,
        "conversation": {**head(one, direct=True), "created_by_user_id": creator},
        "added_participants": [] if existing else [{"user_id": other}],
        "rejected_participants": [],
        "message": "Conversation exists" if existing else "Conversation created",
    }


async def create_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1."""
    answer = await context.own(asked)
    one: Node = opened(answer.body["conversation"], "$.body.conversation")
    one.pop("created_by_user_id", None)
    one |= {key: without_zone(one[key]) for key in ("created_at", "updated_at")}
    if read(one, "type") == "direct":
        people = read(asked.body, "participant_user_ids") or []
        other = next((user for user in people if user != context.caller.user_id), None)
        someone = (await context.find(Mentions(set(), {other} if other else set()))).person(other or 0)
        one |= {"other_user_id": other, "name": someone.modern_name if someone else None}
        one["avatar_url"] = someone.avatar if someone else None
    existing = bool(read(answer.body, "existing"))
    message = "Existing conversation returned" if existing else "Conversation created successfully"
    # Who refused is left out of a group; this is the word about it.
    beside = {key: answer.body[key] for key in ("added_participants", "rejected_participants")}
    return answer._replace(
        body={"conversation": one, "message": message, "conversation_id": one["id"], **beside}
    )


CREATE: Final[Row] = row(
    "conversations.create",
    "POST /conversations",
    from_2_1=create_down,
    from_2_2=create_up,
    guard=create_guard,
)
ENDPOINTS = [CREATE]
