"""The cheap part of the check, for the start of the gateway: which operations does the upstream not have at all?

Each is asked without a token, without an identity and without a body, for the thing with the id 0: a server that
knows the route says 401 or 422, one that does not says 404 or 405. Nothing is changed by that.
"""

import asyncio
import re
from typing import Final

import aiohttp

from contracts.openapi import Contract, Part, operations
from gateway.check_answer import told

AT_ONCE: Final = 8
_PARAMETER: Final = re.compile(r"\{([^}]*)\}")


async def cheap(document: Part, url: str, *, timeout_s: float = 5.0) -> list[str]:
    """What to warn about, one line each: the operations that are missing, or that nobody answers. Never raises."""
    gate = asyncio.Semaphore(AT_ONCE)
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(timeout=timeout) as session:

        async def guarded(contract: Contract) -> str | None:
            async with gate:
                return await _missing(session, url.rstrip("/"), contract)

        try:
            found = await asyncio.gather(*map(guarded, operations(document)))
        except (aiohttp.ClientError, OSError) as gone:
            return [f"no answer from {url} ({type(gone).__name__})"]
    return [line for line in found if line]


async def _missing(session: aiohttp.ClientSession, url: str, contract: Contract) -> str | None:
    path = _PARAMETER.sub(lambda name: "student" if name[1].endswith("_type") else "0", contract.template)
    async with session.request(contract.method, f"{url}{path}", allow_redirects=False) as answer:
        found = told(answer.status, await answer.text(errors="replace"))
    if not found.is_missing:
        return None
    return f"{contract.name}: {contract.method} {contract.template} is missing ({found.status})"
