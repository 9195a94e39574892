"""The browser of tests/web, for the clients as they are deployed."""

from tests.web.conftest import browser

__all__ = ["browser"]
