"""Which of the database driver's exceptions say that the connection is lost, or that the server is going or gone.

By name, since nothing here may import the driver; gateway, backend and migration make classes of them.
"""

from types import ModuleType
from typing import Final

LOST: Final = (
    "PostgresConnectionError",
    "AdminShutdownError",
    "CrashShutdownError",
    "CannotConnectNowError",
    "InterfaceError",
    # The driver's own state machine, when the server ends a connection while nothing is asked on it.
    "InternalClientError",
)


def connection_lost(driver: ModuleType) -> tuple[type[Exception], ...]:
    """The classes of `LOST`; the operating system's own errors (`OSError`) are added by whoever expects them."""
    return tuple(getattr(driver, name) for name in LOST)
