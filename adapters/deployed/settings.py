"""Settings: 2.2 knows ten of the twenty-five, tells anybody's to anybody, and cannot save any."""

import json
from typing import Any, Final

from adapters.deployed.row import Row, Talk, row
from adapters.deployed.shapes import with_zone
from contracts.document import Document, Node, opened, read
from contracts.profile import parse_id

#: What a client may know of somebody else, with the values of a person who never chose.
PUBLIC: Final = {
    "who_can_message": "everyone",
    "allow_calls_from": "everyone",
    "disable_forwarding": False,
    "block_screenshots": False,
}
#: What 2.2 does not store: the values of a person who never chose.
UNKNOWN: Final = {
    "message_notifications": True,
    "sound_alerts": True,
    "mute_duration": "off",
    "mute_until": None,
    "bubble_style": "rounded",
    "font_size": "medium",
    "message_density": "comfortable",
    "enter_key": "send",
    "auto_download": "wifi",
    "image_quality": "compressed",
    "default_translation": "none",
    "auto_translate": False,
    "tts_voice": "default",
    "two_step_email": None,
}


async def settings_of(user: int, talk: Talk) -> Node:
    """The ten settings of a person; those of an unknown one are the defaults."""
    answer = await talk.ask(GET, Document({}, {}, None), user=user)
    found: Node = opened(answer.body["settings"], "$.body.settings")
    return found


async def get(asked: Document, talk: Talk) -> Document:
    """One's own, all twenty-five; of somebody else the four that concern others."""
    target = asked.query.get("target_user_id")
    user = talk.caller.user_id if target is None else parse_id(target, "$.query.target_user_id")
    found = await settings_of(user, talk)
    if user != talk.caller.user_id:
        return asked._replace(
            body={"settings": {key: found.get(key, value) for key, value in PUBLIC.items()}}
        )
    two_step = await talk.ask(TWO_STEP, Document({}, {}, None))
    enabled: Any = read(two_step.body, "is_enabled")
    own = {**await _unsaid(user, talk), **found, "two_step_verification": bool(enabled)}
    return asked._replace(body={"settings": own})


async def _unsaid(user: int, talk: Talk) -> Node:
    """What 2.2 does not tell, where the database can be read, else as if nobody had ever chosen."""
    rows = await talk.facts("settings", user)
    stored = json.loads(rows[0]["settings"]) if rows else {}
    chosen = {key: value for key in UNKNOWN if (value := stored.get(key)) is not None}
    return {**UNKNOWN, **chosen, "mute_until": with_zone(chosen.get("mute_until"))}


async def get_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1: the ten that 2.2 knows."""
    answer = await talk.own(asked)
    found = opened(answer.body["settings"], "$.body.settings")
    return answer._replace(
        body={"settings": {key: value for key, value in found.items() if key not in _BEYOND}}
    )


async def put_up(asked: Document, talk: Talk) -> Document:
    """In front of 2.1: the flat body goes into ``settings``."""
    answer = await talk.own(asked._replace(body={"settings": asked.body or {}}))
    return answer._replace(body={"message": answer.body["message"]})


_BEYOND: Final = {*UNKNOWN, "two_step_verification"}
GET: Final[Row] = row("settings.get", "GET /settings", down=get, up=get_up, slot="target")
TWO_STEP: Final[Row] = row("two_step.get", "GET /security/two-step")
ENDPOINTS = [
    GET,
    row(
        "settings.put",
        "PUT /settings",
        up=put_up,
        cannot="The deployed chat service cannot save settings",
    ),
]
