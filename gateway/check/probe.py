"""The cheap part of the check, for the start of the gateway: which operations does the upstream not have at all?

Each is asked without a token, without an identity and without a body, for the thing with the id 0: a server that
knows the route says 401 or 422, one that does not says 404 or 405. Nothing is changed by that.
"""

import asyncio
import logging
import re
from typing import Final

import aiohttp

from contracts.specs.openapi import Contract, Part, operations, read
from gateway.check.answer import Answer, answer_of

AT_ONCE: Final = 8
_log: Final = logging.getLogger("gateway.check.run")
_PARAMETER: Final = re.compile(r"\{([^}]*)\}")


async def cheap(document: Part, url: str, *, timeout_s: float = 5.0) -> list[str]:
    """What to warn about, one line each: the operations that are missing, or that nobody answers. Never raises."""
    gate = asyncio.Semaphore(AT_ONCE)
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(timeout=timeout) as session:

        async def line(contract: Contract) -> str | None:
            async with gate:
                answer = await missing(session, url, contract)
            if answer is None:
                return None
            return f"{contract.name}: {contract.method} {contract.template} is missing ({answer.status})"

        try:
            found = await asyncio.gather(*map(line, operations(document)))
        except (aiohttp.ClientError, OSError) as gone:
            return [f"no answer from {url} ({type(gone).__name__})"]
    return [line for line in found if line]


async def warn(shape: str, url: str) -> None:
    """Log once what the upstream lacks; nothing without a contract for its shape.

    The old backend is not tried: it checks no token, so a request without one is not always refused.
    """
    if shape == "legacy":
        return
    try:
        # The document is large: it is parsed aside, and not kept.
        document = await asyncio.to_thread(read, shape)
    except FileNotFoundError:
        return
    if lines := await cheap(document, url):
        _log.warning("the upstream lacks what its contract promises", extra={"lacks": lines})


async def missing(session: aiohttp.ClientSession, url: str, contract: Contract) -> Answer | None:
    """The answer that says that the server has no such route, or None where it has it.

    Raises `aiohttp.ClientError` or `TimeoutError` when no answer comes.
    """
    path = _PARAMETER.sub(lambda name: "student" if name[1].endswith("type") else "0", contract.template)
    address = f"{url.rstrip('/')}{path}"
    async with session.request(contract.method, address, allow_redirects=False) as answer:
        found = answer_of(answer.status, await answer.text(errors="replace"))
    return found if found.is_missing else None
