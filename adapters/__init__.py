"""What each operation means, in every shape that clients or the upstream speak."""

from adapters.legacy import OPERATIONS

__all__ = ["OPERATIONS"]
