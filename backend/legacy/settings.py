"""Settings and the second password of one role; a PUT replaces all of them."""

import hashlib
import hmac
from typing import Any, Final

import msgspec

from backend.database import Row
from backend.legacy.call import Call, LegacyRoute, Refused, Role, fields, owner
from contracts.model import settings
from contracts.model.profile import PROFILE_TYPES

#: Every setting and what it is without a row; ``mute_until`` stands only in an answer that comes from a row.
DEFAULTS: Final = {name: value for name, value in settings.DEFAULTS.items() if name != "mute_until"}
_FIND: Final = "SELECT * FROM chat_settings WHERE profile_id = $1 AND profile_type = $2 ORDER BY id LIMIT 1"
_COLUMNS: Final = ", ".join(DEFAULTS)
_VALUES: Final = ", ".join(f"${number}" for number in range(2, len(DEFAULTS) + 2))
_UPDATE: Final = f"""UPDATE chat_settings SET ({_COLUMNS}) = ROW({_VALUES}), updated_at = localtimestamp
    WHERE id = $1"""  # noqa: S608
_INSERT: Final = f"""INSERT INTO chat_settings (user_id, {_COLUMNS}, profile_id, profile_type)
    VALUES ($1, {_VALUES}, ${len(DEFAULTS) + 2}, ${len(DEFAULTS) + 3})"""  # noqa: S608
_BASE: Final = """INSERT INTO chat_settings (user_id, profile_id, profile_type) VALUES ($1, $2, $3)"""
_TWO_STEP: Final = """UPDATE chat_settings SET two_step_verification = $2, two_step_email = $3,
    two_step_password_hash = $4, updated_at = localtimestamp WHERE id = $1"""


class NewSettings(msgspec.Struct):
    """The pair stands in the body here; unknown keys are ignored."""

    profile_id: int
    profile_type: str
    settings: dict[str, Any]


async def _row(call: Call, role: Role) -> Row | None:
    return await call.connection.fetchrow(_FIND, role.id, role.type)


async def get(call: Call) -> dict[str, Any]:
    """Anybody's, whoever asks."""
    row = await _row(call, call.role)
    return {"settings": DEFAULTS if row is None else fields(row, *DEFAULTS, "mute_until")}


async def put(call: Call) -> dict[str, Any]:
    """What is not named goes back to its default, the second password's switch included."""
    new = call.body(NewSettings)
    role = Role(new.profile_type, new.profile_id)
    if role.type not in PROFILE_TYPES:
        raise Refused(400, "Invalid profile type")
    user_id = await owner(call.connection, role)
    if not user_id:
        raise Refused(404, "Profile not found")
    values = [new.settings.get(name, default) for name, default in DEFAULTS.items()]
    row = await _row(call, role)
    if row is None:
        await call.connection.execute(_INSERT, user_id, *values, role.id, role.type)
    else:
        await call.connection.execute(_UPDATE, row["id"], *values)
    return {"success": True, "message": "Settings updated successfully"}


def _hash(password: str) -> str:
    """As the old service keeps it; that is why it must go."""
    return hashlib.sha256(password.encode()).hexdigest()


def _is(row: Row, password: str) -> bool:
    stored = row["two_step_password_hash"]
    return stored is not None and hmac.compare_digest(stored, _hash(password))


async def two_step(call: Call) -> dict[str, Any]:
    """Whether a second password is asked for."""
    row = await _row(call, call.role)
    return {
        "enabled": bool(row and row["two_step_verification"]),
        "email": row["two_step_email"] if row else None,
        "has_password": bool(row and row["two_step_password_hash"]),
    }


async def enable(call: Call) -> dict[str, Any]:
    """Any password will do."""
    password, role = call.required("password"), call.role
    if await _row(call, role) is None:
        await call.connection.execute(_BASE, await call.user_id(), role.id, role.type)
    row = await _row(call, role)
    if row is not None:
        email = call.request.query.get("recovery_email")
        await call.connection.execute(_TWO_STEP, row["id"], True, email, _hash(password))
    return {"success": True, "message": "Two-step verification enabled"}


async def disable(call: Call) -> dict[str, Any]:
    """With the password."""
    row = await _row(call, call.role)
    if row is None or not _is(row, call.required("password")):
        raise Refused(403, "Incorrect password")
    await call.connection.execute(_TWO_STEP, row["id"], False, row["two_step_email"], None)
    return {"success": True, "message": "Two-step verification disabled"}


async def _enabled(call: Call) -> Row:
    row = await _row(call, call.role)
    if row is None or not row["two_step_verification"]:
        raise Refused(404, "Two-step verification not enabled")
    return row


async def change_password(call: Call) -> dict[str, Any]:
    """With the current one."""
    row = await _enabled(call)
    if not _is(row, call.required("current_password")):
        raise Refused(403, "Incorrect current password")
    new = _hash(call.required("new_password"))
    await call.connection.execute(_TWO_STEP, row["id"], True, row["two_step_email"], new)
    return {"success": True, "message": "Password changed successfully"}


async def change_email(call: Call) -> dict[str, Any]:
    """With the password."""
    row = await _enabled(call)
    if not _is(row, call.required("password")):
        raise Refused(403, "Incorrect password")
    email, kept = call.required("new_email"), row["two_step_password_hash"]
    await call.connection.execute(_TWO_STEP, row["id"], True, email, kept)
    return {"success": True, "message": "Recovery email updated"}


class Password(msgspec.Struct):
    """The second password."""

    password: str


async def verify(call: Call) -> dict[str, Any]:
    """As often as one likes."""
    if _is(await _enabled(call), call.body(Password).password):
        return {"verified": True}
    return {"verified": False, "error": "Incorrect password"}


async def no_mail(call: Call) -> dict[str, Any]:
    """A code would come by mail, and this service sends none."""
    raise Refused(501, "This service sends no mail")


_SECURITY: Final = "/api/chat/security/two-step"
ROUTES: Final = (
    LegacyRoute("GET", "/api/chat/settings", get),
    LegacyRoute("PUT", "/api/chat/settings", put),
    LegacyRoute("GET", _SECURITY, two_step),
    LegacyRoute("POST", f"{_SECURITY}/enable", enable),
    LegacyRoute("POST", f"{_SECURITY}/disable", disable),
    LegacyRoute("POST", f"{_SECURITY}/change-password", change_password),
    LegacyRoute("POST", f"{_SECURITY}/change-email", change_email),
    LegacyRoute("POST", f"{_SECURITY}/verify", verify),
    LegacyRoute("POST", f"{_SECURITY}/forgot", no_mail),
    LegacyRoute("POST", f"{_SECURITY}/reset", no_mail),
)
