"""The name of one request in answers, logs and at the upstream."""

import itertools
import re
import secrets
from typing import Final

_ACCEPTED: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# A counter behind a random prefix: unique among processes without a system call per request.
_PREFIX: Final = secrets.token_hex(6)
_NUMBERS: Final = itertools.count(1)


def request_id(given: str | None) -> str:
    """The client's own id when it is harmless in a log line, else a new one."""
    if given is not None and _ACCEPTED.fullmatch(given):
        return given
    return f"{_PREFIX}-{next(_NUMBERS):x}"
