"""The ids that the legacy conversation list invents for people with whom there is no conversation yet.

``connection-107`` is a contact, ``family-parent-9`` a relative ... A legacy client puts them into paths and bodies
as if they were conversations; and where it knows no id at all it prints JavaScript's ``undefined``.
"""

from typing import Final

from contracts.model.profile import NOTHING, Profile, parse_id, parse_type

#: Prefixes after which a profile id of that type stands.
_PROFILES: Final = {
    "family-parent-": "parent",
    "family-child-": "student",
    "enrolled-student-": "student",
    "enrolled-parent-": "parent",
    "enrolled-tutor-": "tutor",
    "child-tutor-": "tutor",
    "my-request-tutor-": "tutor",
    "tutor-": "tutor",
}
CONNECTION: Final = "connection-"
SESSION_REQUEST: Final = "session-request-"
_INVITATIONS: Final = ("parent-invitation-", "child-invitation-")
_PREFIXES: Final = (*_PROFILES, CONNECTION, SESSION_REQUEST, *_INVITATIONS)


def is_invented(text: str) -> bool:
    """Whether this is no conversation's id but one that a legacy client made up, or its word for nothing."""
    return text in NOTHING or text.startswith(_PREFIXES)


def profile_in(text: str, place: str) -> Profile | None:
    """The profile that an invented id names; None where it names none. `InvalidValue` for an unreadable number."""
    for prefix, type_ in _PROFILES.items():
        if text.startswith(prefix):
            return Profile(type_, parse_id(text.removeprefix(prefix), place))
    if text.startswith(SESSION_REQUEST):
        # session-request-<user id>-<type>: a person by number, as the roster spells people without profiles.
        number, _, type_ = text.removeprefix(SESSION_REQUEST).partition("-")
        parse_type(type_, place)
        return Profile("user", parse_id(number, place))
    return None


def connection_in(text: str, place: str) -> int | None:
    """The connection that an invented id names."""
    return parse_id(text.removeprefix(CONNECTION), place) if text.startswith(CONNECTION) else None
