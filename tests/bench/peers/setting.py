"""What every measured server is given."""

from pathlib import Path
from typing import NamedTuple


class Missing(Exception):
    """What this peer needs is not here; the text says what."""


class Setting(NamedTuple):
    """The upstream's port, the core to run on, a folder of one's own kind, who is who as JSON, and as a database."""

    upstream: int
    core: set[int]
    folder: Path
    table: Path
    dsn: str
