"""What each operation means: one file a resource, each ends in its table. `OPERATIONS` is all of them."""

from adapters import (
    blocks,
    connection_requests,
    contacts,
    conversations,
    messages,
    presence,
    settings,
    typing,
)

OPERATIONS = (
    *contacts.ENDPOINTS,
    *connection_requests.ENDPOINTS,
    *conversations.ENDPOINTS,
    *messages.ENDPOINTS,
    *blocks.ENDPOINTS,
    *settings.ENDPOINTS,
    *typing.ENDPOINTS,
    *presence.ENDPOINTS,
)
