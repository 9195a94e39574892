"""Presence: 2.2 keeps everybody online for ever, hides nothing, and fails on an empty list."""

from dataclasses import dataclass
from typing import Final

from adapters.v2_2.privacy import presence_of
from adapters.v2_2.row import OperationContext, Row, row
from adapters.v2_2.shapes import items, times
from contracts.model.document import Document, read
from contracts.model.profile import parse_id
from contracts.rules.lens import lens
from contracts.rules.shapes import constant


@dataclass(frozen=True, slots=True)
class Device:
    """A heartbeat always names its device: without a name 2.2 stores a new one each time."""

    def to_modern(self, document: Document) -> Document:
        """Say what was left out."""
        query = {"device_name": "Unknown device", "device_type": "desktop", **document.query}
        return document._replace(query=query)

    def to_legacy(self, document: Document) -> Document:
        """Nothing to take out."""
        return document


async def bulk_down(asked: Document, context: OperationContext) -> Document:
    """In the order asked, each person once."""
    texts = [text.strip() for text in asked.query.get("user_ids", "").split(",")]
    users = [parse_id(text, f"$.query.user_ids[{position}]") for position, text in enumerate(texts) if text]
    found = await presence_of(list(dict.fromkeys(users)), context)
    return asked._replace(body={"statuses": list(found.values())})


async def get_down(asked: Document, context: OperationContext) -> Document:
    """One person."""
    user = int(asked.path["target_user_id"])
    return asked._replace(body=(await presence_of([user], context))[user])


async def bulk_beside(answer: Document, context: OperationContext) -> None:
    """In front of 2.2, for its own clients: what people hide."""
    found = items(answer.body, "statuses")
    answer.body["statuses"] = found
    shown = await presence_of([read(one, "user_id") for one in found], context)
    for one in found:
        one |= {key: shown[read(one, "user_id")][key] for key in ("online_hidden", "last_seen_hidden")}


BULK: Final[Row] = row(
    "presence.bulk",
    "GET /users/online-status",
    from_2_1=bulk_down,
    beside=bulk_beside,
    response=lens(times("body.statuses[]", "last_seen")),
)
ENDPOINTS = [
    BULK,
    row(
        "presence.get",
        "GET /users/{target_user_id}/status",
        from_2_1=get_down,
        response=lens(times("body", "last_seen")),
    ),
    row(
        "presence.update",
        "POST /users/status/update",
        request=lens(Device()),
        response=lens(constant("body", {"success": True, "last_active": "now"})),
    ),
]
