"""The settings of a person and what holds as long as nobody has chosen: the one list of them.

What the SQL of the schema, the adapters and the backend know of settings derives from here, or a test compares it.
"""

from collections.abc import Mapping
from typing import Any, Final

#: All twenty-five. Two-step verification has operations of its own; the others are changed by ``settings.put``.
DEFAULTS: Final[Mapping[str, Any]] = {
    "who_can_message": "everyone",
    "read_receipts": True,
    "online_status": True,
    "typing_indicators": True,
    "last_seen_visibility": "everyone",
    "block_screenshots": False,
    "disable_forwarding": False,
    "allow_calls_from": "everyone",
    "allow_group_adds": "everyone",
    "allow_channel_adds": "everyone",
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
    "two_step_verification": False,
    "two_step_email": None,
}
TWO_STEP: Final = frozenset(("two_step_verification", "two_step_email"))
#: What a client may know of somebody else, with the values of a person who never chose.
PUBLIC: Final[Mapping[str, Any]] = {
    name: DEFAULTS[name]
    for name in ("who_can_message", "allow_calls_from", "disable_forwarding", "block_screenshots")
}
#: The ten that the shape 2.2 has.
IN_2_2: Final = tuple(DEFAULTS)[: tuple(DEFAULTS).index("message_notifications")]
