"""What a backend answered, for a comparison: its status and body, or that there is nothing to compare."""

from collections.abc import Awaitable
from typing import Final, NamedTuple

from contracts.model.errors import GatewayError
from contracts.model.http import Response

#: From here on an answer says nothing about what was asked.
FAILED: Final = 500


class Given(NamedTuple):
    """A backend's answer. ``body`` is empty where it refused: the texts of refusals are not compared."""

    status: int
    body: bytes

    @property
    def good(self) -> bool:
        """Whether it answered what was asked."""
        return self.status < 400

    @property
    def failed(self) -> bool:
        """Whether it failed: no answer, or none of its own."""
        return self.status >= FAILED


def given(response: Response | None, status: int) -> Given:
    """What a client got."""
    return Given(status, response.body if response is not None and status < 400 else b"")


async def answer_of(asking: Awaitable[Response]) -> Given:
    """What comes of asking a backend."""
    try:
        response = await asking
    except GatewayError as error:
        return Given(error.status, b"")
    return given(response, response.status)
