"""All of one's chat data. It hides for oneself in every shape; ``confirm`` is never added by the gateway."""

from contracts.operation import not_tried, operation

ENDPOINTS = [operation("data.delete", "DELETE /data", trial=not_tried("would hide messages for good"))]
