"""Two-step verification: a second password in front of the chat, and a code by e-mail for who forgot it.

The state lives in chat_two_step_verification. What an older backend left beside the settings counts until this one
has written; its hash stays there untouched while the password is the same, for the migration's way back.
"""

import secrets
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from backend.database import Row
from backend.request_context import RequestContext, Route, done
from backend.services.passwords import fits, is_old, sealed
from contracts.model.errors import Forbidden, InvalidRequest, NotFound, Unsupported

SHORTEST_NEW: Final = 6
PURPOSE: Final = "two_step_reset"
NOT_ENABLED: Final = "Two-step verification not enabled"

STATE = """SELECT u.email AS account_email, t.id IS NOT NULL AS written,
        CASE WHEN t.id IS NOT NULL THEN t.is_enabled ELSE coalesce(s.two_step_verification, false) END AS enabled,
        CASE WHEN t.id IS NOT NULL THEN t.recovery_email ELSE s.two_step_email END AS email,
        CASE WHEN t.id IS NOT NULL THEN t.password_hash ELSE s.two_step_password_hash END AS hash
    FROM users u LEFT JOIN chat_two_step_verification t ON t.user_id = u.id
    LEFT JOIN chat_settings s ON s.user_id = u.id WHERE u.id = $1"""
WRITE = """INSERT INTO chat_two_step_verification (user_id, is_enabled, password_hash, recovery_email, last_verified_at)
    VALUES ($1, $2, $3, $4, now() AT TIME ZONE 'utc') ON CONFLICT (user_id) DO UPDATE SET
        is_enabled = EXCLUDED.is_enabled, password_hash = EXCLUDED.password_hash,
        recovery_email = EXCLUDED.recovery_email, last_verified_at = EXCLUDED.last_verified_at,
        updated_at = EXCLUDED.last_verified_at"""
KEEP_OLD = """INSERT INTO chat_settings (user_id, two_step_password_hash) VALUES ($1, $2)
    ON CONFLICT (user_id) DO UPDATE SET two_step_password_hash = EXCLUDED.two_step_password_hash"""
FORGET_OLD = "UPDATE chat_settings SET two_step_password_hash = NULL WHERE user_id = $1"
NEW_CODE = """INSERT INTO otps (user_id, contact, otp_code, purpose, expires_at, is_used, created_at)
    VALUES ($1, $2, $3, $4, now() AT TIME ZONE 'utc' + interval '10 minutes', false, now() AT TIME ZONE 'utc')"""
CODE = """SELECT id, coalesce(is_used, false) AS used, expires_at < now() AT TIME ZONE 'utc' AS expired
    FROM otps WHERE user_id = $1 AND otp_code = $2 AND purpose = $3 ORDER BY id DESC LIMIT 1 FOR UPDATE"""
USE_CODE = "UPDATE otps SET is_used = true, is_otp_verified = true WHERE user_id = $1 AND purpose = $2"

Password = Annotated[str, Meta(min_length=1, max_length=1024)]
Email = Annotated[str, Meta(min_length=3, max_length=255)]


class OnePassword(msgspec.Struct):
    """The body of `disable` and `verify`."""

    password: Password


class Enable(msgspec.Struct):
    """The body of `enable`."""

    password: Password
    recovery_email: Annotated[str, Meta(max_length=255)] | None = None


class ChangePassword(msgspec.Struct):
    """The body of `change_password`."""

    current_password: Password
    new_password: Password


class ChangeEmail(msgspec.Struct):
    """The body of `change_email`."""

    password: Password
    new_email: Email


class Reset(msgspec.Struct):
    """The body of `reset`."""

    otp: Annotated[str, Meta(max_length=20)]
    new_password: Password


async def get(call: RequestContext) -> dict[str, Any]:
    """Whether it is on, and where codes could go."""
    state = await _state(call)
    return {"enabled": state["enabled"], "email": state["email"], "has_password": state["enabled"]}


async def enable(call: RequestContext) -> dict[str, Any]:
    """Switch it on. Whoever knows only the first password must not replace the second: refused while it is on."""
    wanted = call.body(Enable)
    if (await _state(call))["enabled"]:
        raise InvalidRequest("Two-step verification is already enabled")
    await _write(call, await sealed(wanted.password), wanted.recovery_email)
    return done("Two-step verification enabled")


async def disable(call: RequestContext) -> dict[str, Any]:
    """Switch it off; the address for recovery is kept."""
    state = await _proved(call, call.body(OnePassword).password, "Incorrect password")
    await call.connection.execute(WRITE, call.user_id, False, None, state["email"])
    await call.connection.execute(FORGET_OLD, call.user_id)
    return done("Two-step verification disabled")


async def change_password(call: RequestContext) -> dict[str, Any]:
    """Replace the password."""
    wanted = call.body(ChangePassword)
    state = await _proved(call, wanted.current_password, "Incorrect current password")
    await _write(call, await sealed(wanted.new_password), state["email"])
    return done("Password changed successfully")


async def change_email(call: RequestContext) -> dict[str, Any]:
    """Replace the address for recovery."""
    wanted = call.body(ChangeEmail)
    await _proved(call, wanted.password, "Incorrect password")
    state = await _state(call)
    await call.connection.execute(WRITE, call.user_id, True, state["hash"], wanted.new_email)
    return done("Recovery email updated")


async def verify(call: RequestContext) -> dict[str, Any]:
    """Whether this is the password."""
    try:
        await _proved(call, call.body(OnePassword).password, "Incorrect password")
    except Forbidden as error:
        return {"verified": False, "error": error.detail}
    return {"verified": True}


async def forgot(call: RequestContext) -> dict[str, Any]:
    """Send a code to the account's address, good for ten minutes; at most five in five minutes."""
    state = await _state(call)
    if not state["enabled"]:
        raise InvalidRequest("Two-step verification is not enabled for this account")
    if not state["account_email"]:
        raise InvalidRequest("No email found for this account")
    if call.services.mail is None:
        raise Unsupported("This service cannot send e-mail")
    call.services.mails.check(call.user_id)
    call.services.mails.failed(call.user_id)  # each one counts: nobody's mailbox is flooded
    code = f"{secrets.randbelow(10**6):06}"
    await call.connection.execute(NEW_CODE, call.user_id, state["account_email"], code, PURPOSE)
    await call.services.mail(
        state["account_email"], "Your chat reset code", f"Your code is {code}, for ten minutes."
    )
    name, _, domain = state["account_email"].partition("@")
    return done("Reset code sent to your account email", email_masked=f"{name[:1]}***@{domain}")


async def reset(call: RequestContext) -> dict[str, Any]:
    """Replace a forgotten password with the code that was sent."""
    wanted = call.body(Reset)
    call.services.attempts.check(call.user_id)
    code = await call.connection.fetchrow(CODE, call.user_id, wanted.otp, PURPOSE)
    if code is None:
        call.services.attempts.failed(call.user_id)
        raise InvalidRequest("Invalid reset code")
    if code["used"]:
        raise InvalidRequest("This code has already been used")
    if code["expired"]:
        raise InvalidRequest("Reset code has expired. Please request a new one.")
    if len(wanted.new_password) < SHORTEST_NEW:
        raise InvalidRequest(f"Password must be at least {SHORTEST_NEW} characters")
    await call.connection.execute(USE_CODE, call.user_id, PURPOSE)
    await _write(call, await sealed(wanted.new_password), (await _state(call))["email"])
    call.services.attempts.succeeded(call.user_id)
    return done("Password reset successfully")


async def _state(call: RequestContext) -> Row:
    row = await call.connection.fetchrow(STATE, call.user_id)
    if row is None:
        raise NotFound(NOT_ENABLED)
    return row


async def _write(call: RequestContext, new_hash: str, email: str | None) -> None:
    """Switch on with a new password; the old hash would be of another one, so it goes.

    It goes first: while a migration keeps both places alike, its going means "off", and what is written last counts.
    """
    await call.connection.execute(FORGET_OLD, call.user_id)
    await call.connection.execute(WRITE, call.user_id, True, new_hash, email)


async def _proved(call: RequestContext, password: str, refusal: str) -> Row:
    """The state, once the password is right. Raises `NotFound`, `Forbidden` or `RateLimited`."""
    state = await _state(call)
    if not state["enabled"]:
        raise NotFound(NOT_ENABLED)
    call.services.attempts.check(call.user_id)
    if not await fits(password, state["hash"]):
        call.services.attempts.failed(call.user_id)
        raise Forbidden(refusal)
    call.services.attempts.succeeded(call.user_id)
    if is_old(state["hash"]):
        # The old form first: while a migration keeps both places alike, what is written last counts.
        await call.connection.execute(KEEP_OLD, call.user_id, state["hash"])
        await call.connection.execute(WRITE, call.user_id, True, await sealed(password), state["email"])
    return state


ROUTES = (
    Route("GET", "/api/chat/security/two-step", get),
    Route("POST", "/api/chat/security/two-step/enable", enable),
    Route("POST", "/api/chat/security/two-step/disable", disable),
    Route("POST", "/api/chat/security/two-step/change-password", change_password),
    Route("POST", "/api/chat/security/two-step/change-email", change_email),
    Route("POST", "/api/chat/security/two-step/verify", verify),
    Route("POST", "/api/chat/security/two-step/forgot", forgot),
    Route("POST", "/api/chat/security/two-step/reset", reset),
)
