"""Polls of a conversation. The old code matches votes by bare number, which cannot be mended from outside."""

from typing import Any

from adapters.legacy_upstream.answers import answer, body_of, done, kept, listed, roster_of, user_at, zoned
from adapters.legacy_upstream.roles import about, conversation_of, role_in
from adapters.legacy_upstream.row import OperationContext, Row
from contracts.model.document import Document, Node, opened, read
from contracts.model.profile import Profile
from contracts.model.roster import Roster


async def _role(asked: Document, context: OperationContext) -> Profile:
    return await role_in((await about("poll", asked, context))["conversation_id"], context)


async def polls(found: list[Node], context: OperationContext) -> list[Node]:
    """Polls in 2.1."""
    options = [listed(one, "options") for one in found]
    voters = [voter for of_poll in options for option in of_poll for voter in listed(option, "voters")]
    creators = [opened(one.get("created_by"), "$.created_by") or {} for one in found]
    roster = await roster_of([*voters, *creators], context, "")
    return [
        _poll(one, of_poll, creator, roster)
        for one, of_poll, creator in zip(found, options, creators, strict=True)
    ]


def _poll(one: Node, options: list[Node], creator: Node, roster: Roster) -> Node:
    return {
        **kept(
            one, "id", "conversation_id", "question", "multiple_choice", "anonymous", "status", "total_votes"
        ),
        "options": [
            {**kept(option, "id", "text", "votes", "percentage"), "voters": _voters(option, roster)}
            for option in options
        ],
        **zoned(one, "end_time", "created_at"),
        **kept(one, "time_remaining", "user_votes"),
        "created_by": _named(creator, roster),
    }


def _voters(option: Node, roster: Roster) -> list[Node]:
    return [found for voter in listed(option, "voters") if (found := _named(voter, roster))]


def _named(node: Node, roster: Roster) -> Node | None:
    user = user_at(node, roster)
    if user is None:
        return None
    return {"user_id": user, "name": roster.modern_name(user, str(read(node, "name") or ""))}


async def list_polls(asked: Document, context: OperationContext) -> Document:
    """The polls of a conversation."""
    role = await role_in(int(asked.path["conversation_id"]), context)
    body = (await context.ask("polls.list", role, Document(asked.path, {}, None))).body
    found = await polls(listed(body, "polls"), context)
    return answer({"polls": found, "count": len(found)})


async def get(asked: Document, context: OperationContext) -> Document:
    """One poll, bare."""
    response = await context.ask("polls.get", await _role(asked, context), Document(asked.path, {}, None))
    return answer((await polls([response.body], context))[0])


async def _answered(response: Document, message: str, context: OperationContext, **more: Any) -> Document:
    one = opened(response.body["poll"], "$.body.poll")
    return done(message, poll=(await polls([one], context))[0], **more)


async def create(asked: Document, context: OperationContext) -> Document:
    """Ask."""
    role = await role_in(await conversation_of("conversation", asked, context), context)
    response = await context.ask("polls.create", role, Document({}, {}, body_of(asked)))
    return await _answered(response, "Poll created successfully", context)


async def vote(asked: Document, context: OperationContext) -> Document:
    """Vote; the same once more takes it back."""
    response = await context.ask(
        "polls.vote", await _role(asked, context), Document(asked.path, {}, body_of(asked))
    )
    removed = read(response.body, "action") == "removed"
    action = "removed" if removed else "added"
    return await _answered(response, f"Vote {action} successfully", context, action=action)


async def vote_remove(asked: Document, context: OperationContext) -> Document:
    """Take a vote back."""
    query = {key: asked.query[key] for key in ("option_id",) if key in asked.query}
    response = await context.ask(
        "polls.vote_remove", await _role(asked, context), Document(asked.path, query, None)
    )
    return await _answered(response, "Vote removed successfully", context)


async def end(asked: Document, context: OperationContext) -> Document:
    """End one's own poll before its time."""
    response = await context.ask("polls.end", await _role(asked, context), Document(asked.path, {}, None))
    return await _answered(response, "Poll ended successfully", context)


async def delete(asked: Document, context: OperationContext) -> Document:
    """Delete one's own poll with its votes."""
    await context.ask("polls.delete", await _role(asked, context), Document(asked.path, {}, None))
    return done("Poll deleted successfully")


ENDPOINTS = [
    Row("polls.list", list_polls, "conversation"),
    Row("polls.create", create, "conversation"),
    Row("polls.get", get, "poll"),
    Row("polls.delete", delete, "poll"),
    Row("polls.vote", vote, "poll", limits="a vote of student 5 takes the one of tutor 5 away"),
    Row("polls.vote_remove", vote_remove, "poll"),
    Row("polls.end", end, "poll"),
]
