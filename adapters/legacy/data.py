"""All of one's chat data. It hides for oneself in every shape; ``confirm`` is never added by the gateway."""

from contracts.operation import operation

ENDPOINTS = [operation("data.delete", "DELETE /data")]
