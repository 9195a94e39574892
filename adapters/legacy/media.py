"""Files and search: both clients use the same routes; an upload streams."""

from adapters.legacy.nouns import MESSAGE
from contracts.operation import Trial, modern_only, not_tried, operation, public, upload
from contracts.rules.lens import lens

ENDPOINTS = [
    upload("media.upload", "POST /media", trial=not_tried("would leave a file behind")),
    public("media.get", "GET /media/{name}"),
    operation(
        "search.messages",
        "GET /search",
        response=lens(*MESSAGE.at("body.messages[]")),
        trial=Trial(also=("q",)),
    ),
    modern_only("conversations.read", "POST /conversations/{conversation_id}/read", trial=Trial(step=True)),
]
