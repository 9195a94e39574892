"""Presence: 2.2 keeps everybody online for ever, hides nothing, and fails on an empty list."""

from dataclasses import dataclass
from typing import Final

from adapters.deployed.privacy import presence_of
from adapters.deployed.row import Row, Talk, row
from adapters.deployed.shapes import times
from contracts.document import Document
from contracts.lens import lens
from contracts.profile import parse_id
from contracts.shapes import constant


@dataclass(frozen=True, slots=True)
class Device:
    """A heartbeat always names its device: without a name 2.2 stores a new one each time."""

    def up(self, document: Document) -> Document:
        """Say what was left out."""
        query = {"device_name": "Unknown device", "device_type": "desktop", **document.query}
        return document._replace(query=query)

    def down(self, document: Document) -> Document:
        """Nothing to take out."""
        return document


async def bulk_down(asked: Document, talk: Talk) -> Document:
    """In the order asked, each person once."""
    texts = [text.strip() for text in asked.query.get("user_ids", "").split(",")]
    users = [parse_id(text, f"$.query.user_ids[{position}]") for position, text in enumerate(texts) if text]
    found = await presence_of(list(dict.fromkeys(users)), talk)
    return asked._replace(body={"statuses": list(found.values())})


async def get_down(asked: Document, talk: Talk) -> Document:
    """One person."""
    user = int(asked.path["target_user_id"])
    return asked._replace(body=(await presence_of([user], talk))[user])


BULK: Final[Row] = row(
    "presence.bulk",
    "GET /users/online-status",
    down=bulk_down,
    response=lens(times("body.statuses[]", "last_seen")),
)
ENDPOINTS = [
    BULK,
    row(
        "presence.get",
        "GET /users/{target_user_id}/status",
        down=get_down,
        response=lens(times("body", "last_seen")),
    ),
    row(
        "presence.update",
        "POST /users/status/update",
        request=lens(Device()),
        response=lens(constant("body", {"success": True, "last_active": "now"})),
    ),
]
