"""What a person may have chosen about others, and what those read whom the choice keeps out."""

from collections.abc import Mapping
from typing import Final

#: From open to closed.
LEVELS: Final = ("everyone", "connections", "none")
#: By setting, then by level.
REFUSALS: Final[Mapping[str, Mapping[str, str]]] = {
    "who_can_message": {
        "connections": "This user only accepts messages from connections",
        "none": "This user has disabled messages",
    },
    "allow_calls_from": {
        "connections": "This user only accepts calls from connections",
        "none": "This user has disabled calls",
    },
    "allow_group_adds": {
        "connections": "This user only allows connections to add them to groups",
        "none": "This user has disabled being added to groups",
    },
    "allow_channel_adds": {
        "connections": "This user only allows connections to add them to channels",
        "none": "This user has disabled being added to channels",
    },
}
#: The setting that decides about being added, by the kind of a conversation. Direct ones ask ``who_can_message``.
ADDING: Final[Mapping[str, str]] = {"group": "allow_group_adds", "channel": "allow_channel_adds"}
