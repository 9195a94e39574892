"""When two entries of a call log are about the same call: both sides of a call write it down."""

from datetime import UTC, datetime, timedelta
from typing import Final

OPEN: Final = ("initiated", "ringing", "answered")
#: So long after a call began a second entry means the same call: it rings for 25 s, and is answered by then.
SAME_CALL: Final = timedelta(seconds=60)


def goes_on(status: object, ended_at: object, began: tuple[object, ...], now: datetime) -> bool:
    """Whether an entry is the one of a call that begins ``now`` (UTC, without a zone).

    ``began`` are its times, of which one may be of another zone or of a client's clock, or absent.
    """
    if ended_at is not None or status not in OPEN:
        return False
    return any(abs(now - moment) < SAME_CALL for moment in map(_moment, began) if moment is not None)


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
