"""The third table: our 2.1 in front of the old, role-based backend. One file a resource; all is `LEGACY_UPSTREAM`."""

from adapters.legacy_upstream import (
    blocks,
    calls,
    contacts,
    conversations,
    data,
    messages,
    own,
    polls,
    presence,
    sending,
    sessions,
    settings,
    starting,
    two_step,
)

LEGACY_UPSTREAM = (
    *contacts.ENDPOINTS,
    *conversations.ENDPOINTS,
    *starting.ENDPOINTS,
    *own.ENDPOINTS,
    *messages.ENDPOINTS,
    *sending.ENDPOINTS,
    *polls.ENDPOINTS,
    *calls.ENDPOINTS,
    *blocks.ENDPOINTS,
    *settings.ENDPOINTS,
    *presence.ENDPOINTS,
    *sessions.ENDPOINTS,
    *two_step.ENDPOINTS,
    *data.ENDPOINTS,
)
