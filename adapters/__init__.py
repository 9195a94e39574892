"""What each operation means: one file a resource, each ends in its table. `OPERATIONS` is all of them."""

from adapters import (
    blocks,
    calls,
    connection_requests,
    contacts,
    conversations,
    data,
    groups,
    media,
    messages,
    own,
    polls,
    presence,
    sessions,
    settings,
    two_step,
    typing,
)

OPERATIONS = (
    *contacts.ENDPOINTS,
    *connection_requests.ENDPOINTS,
    *conversations.ENDPOINTS,
    *groups.ENDPOINTS,
    *own.ENDPOINTS,
    *messages.ENDPOINTS,
    *media.ENDPOINTS,
    *polls.ENDPOINTS,
    *calls.ENDPOINTS,
    *blocks.ENDPOINTS,
    *settings.ENDPOINTS,
    *typing.ENDPOINTS,
    *presence.ENDPOINTS,
    *sessions.ENDPOINTS,
    *two_step.ENDPOINTS,
    *data.ENDPOINTS,
)
