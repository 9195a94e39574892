"""The second table: our 2.1 and the deployed 2.2. One file a resource; `DEPLOYED` is all of it."""

from adapters.deployed import conversations, messages, settings

DEPLOYED = (
    *conversations.ENDPOINTS,
    *messages.ENDPOINTS,
    *settings.ENDPOINTS,
)
