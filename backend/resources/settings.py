"""Settings: the caller's twenty-five, or the four of somebody else that others must know."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from backend.helpers import get_user_privacy_settings
from backend.request_context import RequestContext, Route, done
from contracts.model.settings import PUBLIC

Who = Literal["everyone", "connections", "none"]
Word = Annotated[str, Meta(max_length=20)]


class Settings(msgspec.Struct):
    """What a person may change here. Two-step verification has operations of its own."""

    who_can_message: Who | UnsetType = UNSET
    read_receipts: bool | UnsetType = UNSET
    online_status: bool | UnsetType = UNSET
    typing_indicators: bool | UnsetType = UNSET
    last_seen_visibility: Literal["everyone", "connections", "nobody"] | UnsetType = UNSET
    block_screenshots: bool | UnsetType = UNSET
    disable_forwarding: bool | UnsetType = UNSET
    allow_calls_from: Who | UnsetType = UNSET
    allow_group_adds: Who | UnsetType = UNSET
    allow_channel_adds: Who | UnsetType = UNSET
    message_notifications: bool | UnsetType = UNSET
    sound_alerts: bool | UnsetType = UNSET
    mute_duration: Word | UnsetType = UNSET
    mute_until: datetime | UnsetType | None = UNSET
    bubble_style: Word | UnsetType = UNSET
    font_size: Word | UnsetType = UNSET
    message_density: Word | UnsetType = UNSET
    enter_key: Word | UnsetType = UNSET
    auto_download: Word | UnsetType = UNSET
    image_quality: Word | UnsetType = UNSET
    default_translation: Annotated[str, Meta(max_length=10)] | UnsetType = UNSET
    auto_translate: bool | UnsetType = UNSET
    tts_voice: Word | UnsetType = UNSET


class Change(msgspec.Struct):
    """The body of a change."""

    settings: Settings


async def get(call: RequestContext) -> dict[str, Any]:
    """One's own settings, or the public ones of the target."""
    target = call.id("target_user_id")
    if target is None or target == call.user_id:
        return {"settings": await get_user_privacy_settings(call.connection, call.user_id)}
    settings = await get_user_privacy_settings(call.connection, target)
    return {"settings": {name: settings[name] for name in PUBLIC}}


async def put(call: RequestContext) -> dict[str, Any]:
    """Change what is given, keep the rest."""
    given = {
        name: value
        for name, value in msgspec.structs.asdict(call.body(Change).settings).items()
        if value is not UNSET
    }
    if isinstance(until := given.get("mute_until"), datetime):
        given["mute_until"] = until.astimezone(UTC) if until.tzinfo else until
    await call.connection.execute(_upsert(list(given)), call.user_id, *given.values())
    settings = await get_user_privacy_settings(call.connection, call.user_id)
    return done("Settings saved", settings=settings)


def _upsert(names: list[str]) -> str:
    """The statement for these columns: the names are the fields of `Settings`, nothing that a client wrote."""
    columns = "".join(f", {name}" for name in names)
    values = "".join(f", ${number}" for number in range(2, len(names) + 2))
    changes = "".join(f", {name} = EXCLUDED.{name}" for name in names)
    return (
        f"INSERT INTO chat_settings (user_id{columns}) VALUES ($1{values}) "  # noqa: S608
        f"ON CONFLICT (user_id) DO UPDATE SET updated_at = now() AT TIME ZONE 'utc'{changes}"
    )


ROUTES = (Route("GET", "/api/chat/settings", get), Route("PUT", "/api/chat/settings", put))
