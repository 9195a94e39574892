"""Watching processes that are not our children (Linux)."""

import os
import select

LONGEST_S = 30


def is_alive(process_id: int) -> bool:
    """Whether the process runs; one that ended and that nobody has reaped does not."""
    try:
        return not _ends_within(process_id, 0)
    except ProcessLookupError:
        return False


def wait_until_dead(process_id: int) -> None:
    try:
        assert _ends_within(process_id, LONGEST_S), f"process {process_id} outlived its parent"
    except ProcessLookupError:
        return


def _ends_within(process_id: int, seconds: float) -> bool:
    descriptor = os.pidfd_open(process_id)
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)
