"""A call that no client ended, closed in the upstream's call log in the caller's name.

The caller's client has usually begun the entry when it rang. Without one, an entry is made of a call that rang in vain.
"""

import asyncio
import logging
from datetime import datetime
from typing import Any, Final

import msgspec

from contracts.model.document import encode
from contracts.model.errors import GatewayError
from contracts.model.http import JSON
from gateway.exchange.protocols import Upstream
from gateway.sockets.bridge import RING_S, CallOver
from gateway.sockets.clock import Clock, LoopClock, iso

_log: Final = logging.getLogger("gateway.sockets")
_OPEN: Final = ("initiated", "ringing", "answered")
_TYPES: Final = ("voice", "video")


class CallLog:
    """To be given as ``on_call_over``. A log that cannot be written is a line in ours, and no more."""

    def __init__(self, upstream: Upstream, clock: Clock | None = None) -> None:
        self._upstream = upstream
        self._clock = clock or LoopClock()
        self._writing: set[asyncio.Task[None]] = set()

    def __call__(self, call: CallOver) -> None:
        """Write it down in the background; only a conversation's call has a log."""
        number = call.conversation or ""
        if not (number.isascii() and number.isdigit()) or not call.authorization:
            return
        task = asyncio.get_running_loop().create_task(self._write(call))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def _write(self, call: CallOver) -> None:
        time = self._clock.time()
        began, now = iso(time - RING_S), iso(time)
        try:
            begun = _begun(await self._ask(call, "GET", f"/api/call-logs/{call.conversation}"), call.caller)
            if begun is not None:
                end = {"status": call.status, "ended_at": now, **_length(begun, call.status, time)}
                await self._ask(call, "PUT", f"/api/call-logs/{begun['id']}", end)
            if begun is not None or call.status != "no_answer":
                return
            kind = call.call_type if call.call_type in _TYPES else "voice"
            entry = {"call_type": kind, "status": "no_answer", "started_at": began, "ended_at": now}
            who = {"conversation_id": int(call.conversation or 0), "caller_user_id": call.caller}
            await self._ask(call, "POST", "/api/call-logs", {**who, **entry})
        except GatewayError as error:
            _log.warning("the call log was not written: %s", error.code)

    async def _ask(self, call: CallOver, method: str, path: str, body: Any = None) -> Any:
        headers = [("Authorization", call.authorization), *(JSON if body else ())]
        target = f"{path}?user_id={call.caller}"
        response = await self._upstream.send(method, target, headers, encode(body) if body else b"")
        if response.status != 200:
            _log.warning("the call log was not written: the upstream answered %d", response.status)
            return None
        try:
            return msgspec.json.decode(response.body)
        except msgspec.DecodeError:
            return None


def _begun(answer: Any, caller: int) -> dict[str, Any] | None:
    """The caller's newest entry, while it is open (the list is newest first)."""
    logs = answer.get("call_logs") if isinstance(answer, dict) else None
    for entry in logs if isinstance(logs, list) else ():
        if isinstance(entry, dict) and entry.get("caller_user_id") == caller:
            return entry if entry.get("status") in _OPEN and isinstance(entry.get("id"), int) else None
    return None


def _length(entry: dict[str, Any], status: str, now: float) -> dict[str, int]:
    """The seconds of a call that was answered, where the log says when."""
    if status != "ended":
        return {}
    try:
        began = datetime.fromisoformat(entry["answered_at"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return {}
    return {"duration_seconds": max(0, round(now - began))}
