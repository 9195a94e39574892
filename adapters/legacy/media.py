"""Files and search: both clients use the same routes; an upload streams."""

from adapters.legacy.nouns import MESSAGE
from contracts.operation import modern_only, operation, public, upload
from contracts.rules.lens import lens

ENDPOINTS = [
    upload("media.upload", "POST /media"),
    public("media.get", "GET /media/{name}"),
    operation("search.messages", "GET /search", response=lens(*MESSAGE.at("body.messages[]"))),
    modern_only("conversations.read", "POST /conversations/{conversation_id}/read"),
]
