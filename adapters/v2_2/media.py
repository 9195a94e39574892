"""Files: the deployed backend has no routes for them; in front of ours, clients of 2.2 use them like everybody."""

from adapters.v2_2.row import row

_NONE = "The deployed chat service stores no files"
ENDPOINTS = [
    row("media.upload", "POST /media", cannot=_NONE),
    row("media.get", "GET /media/{name}", cannot=_NONE),
]
