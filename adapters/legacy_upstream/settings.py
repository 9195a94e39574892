"""Settings: each role has its own there. Of several the most protective value counts, and all are changed together."""

from collections.abc import Sequence
from typing import Any, Final

from adapters.legacy_upstream.answers import answer, body_of, done
from adapters.legacy_upstream.roles import any_role, roles_of
from adapters.legacy_upstream.row import OperationContext, Row
from contracts.model.document import Document, Node, opened, read
from contracts.model.errors import InvalidValue
from contracts.model.privacy import LEVELS
from contracts.model.profile import Profile, parse_id
from contracts.model.settings import DEFAULTS, PUBLIC, TWO_STEP
from contracts.model.times import with_zone
from contracts.rules.lens import Mentions

#: Of a choice of several roles: the strictest word, off where one is off, on where one is on.
_LEVELS: Final = frozenset(
    ("who_can_message", "allow_calls_from", "allow_group_adds", "allow_channel_adds", "last_seen_visibility")
)
_ALL: Final = frozenset(("read_receipts", "online_status", "typing_indicators"))
_ANY: Final = frozenset(("block_screenshots", "disable_forwarding", "two_step_verification"))
_NOBODY: Final = (*LEVELS, "nobody")


def merged(rows: Sequence[Node]) -> Node:
    """The settings of a person from those of its roles, the preferred one first."""
    found: Node = {}
    for name, default in DEFAULTS.items():
        values = [value for row in rows if (value := read(row, name)) is not None]
        found[name] = _of(name, values) if values else default
    found["mute_until"] = with_zone(found["mute_until"])
    return found


def _of(name: str, values: Sequence[Any]) -> Any:
    if name in _LEVELS:
        return max(values, key=lambda value: _NOBODY.index(value) if value in _NOBODY else len(_NOBODY))
    if name in _ALL:
        return all(values)
    return any(values) if name in _ANY else values[0]


async def _row(role: Profile, context: OperationContext, asking: Profile) -> Node:
    """The settings of a role. The old backend returns anybody's to anybody, so whose they are is the query's pair."""
    response = await context.ask("settings.get", role, Document({}, {}, None))
    row: Node = opened(response.body["settings"], "$.body.settings")
    return row


def _stored(row: Node) -> bool:
    """Without this key it is the default of a role that never chose anything."""
    return "mute_until" in row


async def _of_roles(roles: Sequence[Profile], context: OperationContext) -> Node:
    rows = [await _row(role, context, role) for role in roles]
    return merged([row for row in rows if _stored(row)] or rows)


async def get(asked: Document, context: OperationContext) -> Document:
    """One's own, or what others must know of somebody else."""
    target = asked.query.get("target_user_id")
    user = context.caller.user_id if target is None else parse_id(target, "$.query.target_user_id")
    if user == context.caller.user_id:
        return answer({"settings": await _of_roles(roles_of(context.person), context)})
    person = (await context.find(Mentions(set(), {user}))).person(user)
    found = await _of_roles(roles_of(person), context) if person and person.roles else dict(DEFAULTS)
    return answer({"settings": {name: found[name] for name in PUBLIC}})


async def put(asked: Document, context: OperationContext) -> Document:
    """What is given, for every role. An absent key is reset there, so all are sent."""
    given = opened(body_of(asked).get("settings"), "$.body.settings")
    if not isinstance(given, dict):
        raise InvalidValue("must be an object", place="$.body.settings")
    any_role(context.person)
    changed = {name: value for name, value in given.items() if name in DEFAULTS and name not in TWO_STEP}
    for role in roles_of(context.person):
        row = await _row(role, context, role)
        sent = {name: row[name] for name in DEFAULTS if name in row} | changed
        await context.ask("settings.put", role, Document({}, {}, {"settings": sent}))
    return done("Settings saved", settings=await _of_roles(roles_of(context.person), context))


ENDPOINTS = [
    Row("settings.get", get, own={"settings": dict(DEFAULTS)}),
    Row(
        "settings.put", put, limits="of several roles the most protective value is shown, and all are changed"
    ),
]
