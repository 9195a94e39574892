"""Groups: 2.2 cannot create any, adds all of several people or nobody, and takes nobody back who has left."""

import re
from typing import Final

from adapters.optional import optional
from adapters.v2_2.conversations import conversations_by_id, head
from adapters.v2_2.receipts import READ_STATUS
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from adapters.v2_2.shapes import done, items, times
from adapters.v2_2.starting import create_up
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import Forbidden, GatewayError, InvalidValue
from contracts.rules.lens import lens

_REFUSED: Final = re.compile(r"Cannot add user (\d+): (.*)", re.DOTALL)
_LEFT: Final = "This user has left, and the chat service takes nobody back"


async def add_down(asked: Document, context: OperationContext) -> Document:
    """Whoever refuses is left out and named, one after the other: 2.2 names only the first."""
    people = read(asked.body, "participant_user_ids") if isinstance(asked.body, dict) else None
    if not isinstance(people, list):
        raise InvalidValue("must be a list", place="$.body.participant_user_ids")
    wanted, rejected = list(dict.fromkeys(people)), {}
    while wanted:
        refused = await _add(asked, wanted, context)
        if refused is None:
            break
        user, reason = refused
        rejected[user] = reason
        wanted.remove(user)
    rejected |= await optional(_not_in_it, asked, wanted, context) or {}
    return asked._replace(
        body={
            "added": [{"user_id": user} for user in wanted if user not in rejected],
            "rejected": [{"user_id": user, "reason": reason} for user, reason in rejected.items()],
        }
    )


async def _add(asked: Document, people: list[int], context: OperationContext) -> tuple[int, str] | None:
    """Add all; the one who refuses with its reason, or None."""
    try:
        await context.ask(ADD, Document(asked.path, {}, {"participant_user_ids": people}))
    except GatewayError as error:
        refused = _REFUSED.fullmatch(error.detail)
        if error.status != 403 or refused is None or int(refused[1]) not in people:
            raise
        return int(refused[1]), refused[2]
    return None


async def _not_in_it(asked: Document, people: list[int], context: OperationContext) -> dict[int, str]:
    """Who was passed over in silence."""
    if not people:
        return {}
    answer = await context.ask(READ_STATUS, Document(asked.path, {}, None))
    there = {read(one, "user_id") for one in items(answer.body, "read_status")}
    return {user: _LEFT for user in people if user not in there}


async def add_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: how many came in anew, and a word about those who refuse."""
    answer = (await context.own(asked)).body
    added, rejected = items(answer, "added"), items(answer, "rejected")
    refusing = [one for one in rejected if read(one, "reason") != _LEFT]
    if refusing and not added:
        raise Forbidden(f"Cannot add user {read(refusing[0], 'user_id')}: {read(refusing[0], 'reason')}")
    count = read(answer, "new_count")
    count = len(added) if count is None else count
    body = {"message": f"Added {count} participant(s) successfully", "added_count": count}
    return asked._replace(body={**body, "added": added, "rejected": rejected})


async def add_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients: it adds all or nobody."""
    answer.body["rejected"] = []


async def update_down(asked: Document, context: OperationContext) -> Document:
    """Who made the group and when stands in the list only."""
    answer = await context.ask(UPDATE, Document(asked.path, {}, asked.body))
    one: Node = opened(answer.body["conversation"], "$.body.conversation")
    known = (await optional(conversations_by_id, context) or {}).get(read(one, "id"), {})
    response = head({"created_at": None, **known, **one}, direct=False)
    return asked._replace(body={"success": True, "message": answer.body["message"], "conversation": response})


ADD: Final[Row] = row(
    "participants.add",
    "POST /conversations/{conversation_id}/participants",
    from_2_1=add_down,
    from_2_2=add_up,
    beside=add_beside,
)
UPDATE: Final[Row] = row(
    "conversations.update",
    "PUT /conversations/{conversation_id}",
    from_2_1=update_down,
    response=lens(times("body.conversation", "created_at", "updated_at")),
)
ENDPOINTS = [
    row(
        "groups.create",
        "POST /groups",
        from_2_2=create_up,
        cannot="The deployed chat service cannot create groups",
    ),
    ADD,
    row(
        "participants.remove",
        "DELETE /conversations/{conversation_id}/participants/{participant_user_id}",
        response=lens(done()),
    ),
    UPDATE,
]
