"""What the deployed backend means by a 500: it passes on the message of its database, which shows whose fault it is.

The text itself never reaches a client.
"""

import re
from typing import Final

import msgspec

from contracts.model.errors import GatewayError, InvalidValue, NotFound, Unsupported

_CANNOT: Final = "The deployed chat service cannot do this on its present database"
#: In this order: what the text holds, and what it means.
_MEANINGS: Final[tuple[tuple[re.Pattern[str], type[GatewayError], str], ...]] = (
    # Columns and tables that its statements name and its migration never made; columns that must not be empty.
    (re.compile(r"(column|relation|table) .* does not exist"), Unsupported, _CANNOT),
    (re.compile(r"violates not-null constraint"), Unsupported, _CANNOT),
    (re.compile(r"no unique or exclusion constraint matching"), Unsupported, _CANNOT),
    # Faults in its own code.
    (
        re.compile(r"has no attribute|list index out of range"),
        Unsupported,
        "The deployed chat service cannot do this",
    ),
    # What the client named does not exist, or is of no kind that the database knows.
    (re.compile(r"violates foreign key constraint|^Failed to create conversation$"), NotFound, "Not Found"),
    (re.compile(r"violates check constraint"), InvalidValue, "Invalid value"),
    (
        re.compile(r"value too long for type|out of range for type|integer out of range"),
        InvalidValue,
        "Invalid value",
    ),
)


def explained(status: int, body: bytes) -> GatewayError | None:
    """The error that a refusal really is; None when it may be taken as it stands."""
    if status != 500:
        return None
    try:
        detail = msgspec.json.decode(body).get("detail")
    except (msgspec.DecodeError, UnicodeDecodeError, AttributeError):
        return None
    if not isinstance(detail, str):
        return None
    return next((error(text) for pattern, error, text in _MEANINGS if pattern.search(detail)), None)
