"""Files: 2.2 has no routes for them."""

from adapters.deployed.row import only_ours

_NONE = "The deployed chat service stores no files"
ENDPOINTS = [only_ours("media.upload", cannot=_NONE), only_ours("media.get", cannot=_NONE)]
