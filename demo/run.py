"""`chat-gateway demo`: the whole system on this machine until SIGINT, SIGTERM or the end of our parent."""

import asyncio
import ctypes
import json
import os
import signal
import socket
import sys
from typing import Final

from rich.console import Console

from demo.phases import Phases
from demo.postgres import PostgresUnavailableError
from demo.stage import Stage, everything
from gateway.runtime.inherited import ending_signals
from gateway.runtime.serve import loop_factory
from gateway.telemetry import log

REFUSED: Final = 2
_PR_SET_PDEATHSIG: Final = 1
_POLL_PARENT_S: Final = 1.0


def run(*, as_json: bool, port: int | None) -> int:
    """Run the demo. Exit code 0, or 2 when it cannot start. One line of JSON on standard output if asked."""
    log.configure("console", "warning")
    secret = os.environ.get("SECRET_KEY") or None
    try:
        _check_free(port or 0)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_until_stopped(secret, port or 0, as_json=as_json))
    except (OSError, ValueError, PostgresUnavailableError) as error:
        print(f"chat-gateway demo: {error}", file=sys.stderr)
        return REFUSED
    return 0


def _check_free(port: int) -> None:
    """Find out before anything has been started. OSError for a port that is taken."""
    with socket.socket() as probe:
        if os.name == "posix":  # elsewhere this option would let us take what is somebody else's
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise OSError(f"port {port}: {error.strerror}") from error


async def _until_stopped(secret: str | None, port: int, *, as_json: bool) -> None:
    response = asyncio.Event()
    _listen_for_the_end(response)
    watch = asyncio.create_task(_parent_ends(response))
    try:
        async with everything(secret, port=port, progress=None if as_json else Phases()) as stage:
            _say(stage, as_json=as_json)
            await response.wait()
    finally:
        watch.cancel()


def _listen_for_the_end(response: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in ending_signals():
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(response.set))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


async def _parent_ends(response: asyncio.Event) -> None:
    """Where no signal tells (macOS, or a parent that died before we listened), look who our parent is."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110  (nothing tells: it can only be looked at)
        await asyncio.sleep(_POLL_PARENT_S)
    response.set()


def _say(stage: Stage, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(stage.described()), flush=True)
        return
    console = Console()
    console.print("\n[bold]The chat is up.[/bold] Ctrl-C ends it.\n")
    addresses = {
        "page": stage.page or "not installed",
        "gateway": stage.gateway,
        "backend": stage.backend,
        "old backend": stage.old_backend,
        "admin": stage.admin,
        "database": stage.database,
    }
    for name, address in addresses.items():
        console.print(f"{name:<11} {address}", soft_wrap=True, highlight=False)
    console.print(_first_requests(stage), soft_wrap=True, highlight=False)


def _first_requests(stage: Stage) -> str:
    abel = stage.people[0]
    pair = f"profile_id={abel['profiles']['student']}&profile_type=student"
    url = f"{stage.gateway}/api/chat/conversations"
    return (
        f"\nTOKEN={abel['token']}   # {abel['name']}\n"
        f"curl -H \"Authorization: Bearer $TOKEN\" '{url}?{pair}&user_id={abel['user_id']}'   # legacy\n"
        f"curl -H \"Authorization: Bearer $TOKEN\" '{url}?user_id={abel['user_id']}'   # modern\n"
    )
