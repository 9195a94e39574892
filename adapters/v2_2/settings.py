"""Settings: 2.2 knows ten of the twenty-five, returns anybody's to anybody, and cannot save any."""

import json
from typing import Final

from adapters.optional import optional
from adapters.v2_2.row import ClientContext, OperationContext, Row, row
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import InvalidRequest
from contracts.model.profile import parse_id
from contracts.model.settings import DEFAULTS, IN_2_2, PUBLIC
from contracts.model.times import with_zone

#: What 2.2 does not store, with the values of a person who never chose; whether two-step is on it says elsewhere.
UNKNOWN: Final = {
    name: value for name, value in DEFAULTS.items() if name not in IN_2_2 and name != "two_step_verification"
}


async def settings_of(user: int, context: OperationContext) -> Node:
    """The ten settings of a person; those of an unknown one are the defaults."""
    answer = await context.ask(GET, Document({}, {}, None), user=user)
    found: Node = opened(answer.body["settings"], "$.body.settings")
    return found


async def get(asked: Document, context: OperationContext) -> Document:
    """One's own, all twenty-five; of somebody else the four that concern others."""
    target = asked.query.get("target_user_id")
    user = context.caller.user_id if target is None else parse_id(target, "$.query.target_user_id")
    found = await settings_of(user, context)
    if user != context.caller.user_id:
        return asked._replace(
            body={"settings": {key: found.get(key, value) for key, value in PUBLIC.items()}}
        )
    enabled = await optional(_has_second_password, context) or False
    own = {**await _missing_settings(user, context), **found, "two_step_verification": enabled}
    return asked._replace(body={"settings": own})


async def _has_second_password(context: OperationContext) -> bool:
    return bool(read((await context.ask(TWO_STEP, Document({}, {}, None))).body, "is_enabled"))


async def _missing_settings(user: int, context: OperationContext) -> Node:
    """What 2.2 does not return, where the database can be read, else as if nobody had ever chosen."""
    rows = await context.facts("settings", user)
    stored = json.loads(rows[0]["settings"]) if rows else {}
    chosen = {key: value for key in UNKNOWN if (value := stored.get(key)) is not None}
    return {**UNKNOWN, **chosen, "mute_until": with_zone(chosen.get("mute_until"))}


async def get_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: the ten that 2.2 knows, and beside them the others, which its clients read."""
    answer = await context.own(asked)
    return answer._replace(body={"settings": answer.body["settings"]})


async def get_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients: one's own settings, all twenty-five."""
    found = opened(answer.body["settings"], "$.body.settings")
    enabled = await _has_second_password(context)
    missing = await _missing_settings(context.caller.user_id, context)
    answer.body["settings"] = {**missing, **found, "two_step_verification": enabled}


async def put_up(asked: Document, context: ClientContext) -> Document:
    """In front of 2.1: the flat body goes into ``settings``. Nothing to change is refused, as there."""
    if not asked.body:
        raise InvalidRequest("No fields to update")
    answer = await context.own(asked._replace(body={"settings": asked.body or {}}))
    return answer._replace(body={"message": answer.body["message"]})


GET: Final[Row] = row(
    "settings.get",
    "GET /settings",
    from_2_1=get,
    from_2_2=get_up,
    claim_location="target",
    beside=get_beside,
)
TWO_STEP: Final[Row] = row("two_step.get", "GET /security/two-step")
ENDPOINTS = [
    GET,
    row(
        "settings.put",
        "PUT /settings",
        from_2_2=put_up,
        cannot="The deployed chat service cannot save settings",
    ),
]
