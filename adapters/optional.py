"""What an answer can be given without.

A list is made of the one source that it is about, and of others that add rows or fields. Such a side source may fail,
be slow, be missing or say nonsense: that costs its own rows or fields, never the answer. What decides whether somebody
may do something is never optional.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, TypeVarTuple

from contracts.model.errors import GatewayError
from contracts.model.task import enter_task

_T = TypeVar("_T")
_Arguments = TypeVarTuple("_Arguments")
_log: Final = logging.getLogger("adapters.optional")

#: Nobody waits longer for a side source; the answer itself may take as long as the upstream may.
WAIT_S: Final = 2.0
#: What reading an answer of an unexpected form raises.
MALFORMED: Final[tuple[type[Exception], ...]] = (KeyError, TypeError, ValueError, AttributeError, IndexError)


async def optional(
    ask: Callable[[*_Arguments], Awaitable[_T]], *arguments: *_Arguments, share: float = 1.0
) -> _T | None:
    """What a side source says, within `WAIT_S` seconds; else None.

    It takes a function, not a coroutine: one that is cancelled before it begins has made nothing that nobody awaits.
    One of several parts of a side source gets only a ``share`` of that time, so that it does not cost the others.
    """
    await enter_task()
    try:
        async with asyncio.timeout(WAIT_S * share):
            return await ask(*arguments)
    except (GatewayError, TimeoutError) as error:
        _log.debug("a side source is left out: %s", type(error).__name__)
    except MALFORMED as error:
        _log.warning("a side source is left out", exc_info=error)
    return None
