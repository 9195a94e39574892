"""Tells the service manager that this process is ready or about to end (systemd's ``Type=notify``)."""

import contextlib
import os
import socket
from typing import Final

_SOCKET: Final = "NOTIFY_SOCKET"


def notify(state: str) -> None:
    """Send ``READY=1``, ``STOPPING=1`` or the like to the manager that started us, where one did.

    Nothing depends on it, so a manager that does not listen is no error. A name that begins with ``@`` is one of
    Linux's abstract addresses (sd_notify(3)).
    """
    name = os.environ.get(_SOCKET, "")
    if not name.startswith(("/", "@")):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to_manager:
        to_manager.sendto(state.encode(), name.replace("@", "\0", 1) if name.startswith("@") else name)
