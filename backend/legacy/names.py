"""How the old service names people, and the statements that many of its operations share."""

from typing import Final

from backend.database import Connection, Row
from backend.legacy.call import Call, Refused, Role

#: Every profile with its owner and its username.
PROFILES: Final = """(SELECT 'student' AS type, id, user_id, username FROM student_profiles
    UNION ALL SELECT 'tutor', id, user_id, username FROM tutor_profiles
    UNION ALL SELECT 'parent', id, user_id, username FROM parent_profiles
    UNION ALL SELECT 'advertiser', id, user_id, username FROM advertiser_profiles)"""
#: Of a person u: first name and father's name; a missing part reads "None".
FULL_NAME: Final = "(coalesce(u.first_name, 'None') || ' ' || coalesce(u.father_name, 'None'))"
#: Of a person u with a profile pr: the role's username before the name.
NAME: Final = f"coalesce(nullif(pr.username, ''), {FULL_NAME})"
#: What the settings s of a profile hide from the profile ($1, $2).
HIDDEN: Final = """NOT coalesce(s.online_status, true) AS online_hidden,
    CASE coalesce(s.last_seen_visibility, 'everyone') WHEN 'everyone' THEN false
        WHEN 'connections' THEN NOT EXISTS (SELECT FROM connections k WHERE k.status = 'accepted'
            AND ((k.requester_profile_id, k.requester_type, k.recipient_profile_id, k.recipient_type)
                    IN (($1::int, $2::text, s.profile_id, s.profile_type))
                OR (k.recipient_profile_id, k.recipient_type, k.requester_profile_id, k.requester_type)
                    IN (($1::int, $2::text, s.profile_id, s.profile_type))))
        ELSE true END AS last_seen_hidden"""
#: When a profile (type and id) was last active, and whether that is within five minutes.
ACTIVE: Final = """SELECT max(a.last_active) AS last_seen,
        coalesce(max(a.last_active) > localtimestamp - interval '5 minutes', false) AS is_online
    FROM chat_active_sessions a"""

_MEMBER: Final = """SELECT p.*, c.type, c.name FROM conversation_participants p
    JOIN conversations c ON c.id = p.conversation_id
    WHERE p.conversation_id = $1 AND p.profile_id = $2 AND p.profile_type = $3 AND coalesce(p.is_active, true)"""
_CHOICE: Final = "SELECT * FROM chat_settings WHERE profile_id = $1 AND profile_type = $2"
_PERSON: Final = f"""SELECT u.*, pr.username, {NAME} AS display_name, {FULL_NAME} AS full_name
    FROM users u LEFT JOIN {PROFILES} pr ON pr.user_id = u.id AND pr.id = $2 AND pr.type = $3 WHERE u.id = $1"""  # noqa: S608
_CONNECTED: Final = """SELECT EXISTS (SELECT FROM connections k WHERE k.status = 'accepted'
    AND (k.requested_by, k.recipient_id) IN (($1::int, $2::int), ($2::int, $1::int)))"""
_BLOCK: Final = """SELECT FROM blocked_chat_contacts WHERE blocker_profile_id = $1 AND blocker_profile_type = $2
    AND blocked_profile_id = $3 AND blocked_profile_type = $4"""
NOT_IN_IT: Final = "Not a participant of this conversation"


async def member(call: Call, conversation: int) -> Row:
    """The caller's row of a conversation; 403 where there is none for this very role."""
    row = await call.connection.fetchrow(_MEMBER, conversation, call.role.id, call.role.type)
    if row is None:
        raise Refused(403, NOT_IN_IT)
    return row


async def choice(connection: Connection, role: Role, name: str, default: object) -> object:
    """What a profile has chosen."""
    row = await connection.fetchrow(_CHOICE, role.id, role.type)
    return default if row is None or row[name] is None else row[name]


async def person(connection: Connection, user_id: int, role: Role) -> Row:
    """A person under one of its roles."""
    row = await connection.fetchrow(_PERSON, user_id, role.id, role.type)
    if row is None:
        raise Refused(404, "User not found")
    return row


async def blocks(connection: Connection, one: Role, other: Role) -> bool:
    """Whether the first has blocked the second."""
    return await connection.fetchrow(_BLOCK, one.id, one.type, other.id, other.type) is not None


async def allows(connection: Connection, setting: str, role: Role, user_id: int, caller: int) -> bool:
    """Whether a person lets the caller do what a setting (``who_can_message``) is about."""
    wanted = str(await choice(connection, role, setting, "everyone"))
    if wanted in ("none", "nobody", "no_one"):
        return False
    if wanted in ("connections", "contacts"):
        return bool(await connection.fetchval(_CONNECTED, user_id, caller))
    return True
