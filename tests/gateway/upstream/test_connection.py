"""One connection, without a network: the transport is a small stand-in for asyncio's."""

import asyncio
from typing import Any, cast

import pytest

from contracts.model.errors import UpstreamTimedOut
from gateway.upstream.connection import Closed, Connection
from gateway.upstream.reader import BadAnswer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Transport:
    """Keeps what is written; `unsent` is what has not left yet."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False
        self.unsent = 0

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return self.unsent


def connected() -> tuple[Connection, Transport, list[Any]]:
    lost: list[Any] = []
    transport = Transport()
    connection = Connection(1000, lost.append)
    connection.connection_made(cast(asyncio.Transport, transport))
    return connection, transport, lost


async def test_a_request_is_one_write_and_its_answer_one_result() -> None:
    connection, transport, _ = connected()
    asked = connection.ask(b"request", to_head=False, deadline=1)
    assert transport.written == b"request"
    connection.data_received(OK[:30])
    assert not asked.done()
    connection.data_received(OK[30:])
    assert (await asked).body == b"ok"
    assert connection.usable


async def test_an_answer_before_its_request_has_left_is_the_last() -> None:
    connection, transport, _ = connected()
    transport.unsent = 5
    asked = connection.ask(b"request", to_head=False, deadline=1)
    connection.data_received(OK)
    assert (await asked).body == b"ok"
    assert not connection.usable
    assert transport.closed


@pytest.mark.parametrize(
    ("received", "error"), [(b"", Closed), (OK[:-1], BadAnswer), (b"HTTP/1.1 2", BadAnswer)]
)
async def test_the_end_in_the_middle_is_an_error(received: bytes, error: type[Exception]) -> None:
    connection, _, lost = connected()
    asked = connection.ask(b"request", to_head=False, deadline=1)
    if received:
        connection.data_received(received)
    connection.connection_lost(None)
    with pytest.raises(error):
        await asked
    assert lost == [connection]


async def test_a_reset_is_never_the_end_of_an_answer() -> None:
    connection, _, _ = connected()
    asked = connection.ask(b"request", to_head=False, deadline=1)
    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
    connection.connection_lost(ConnectionResetError("reset"))
    with pytest.raises(Closed) as caught:
        await asked
    assert (caught.value.sent, caught.value.answered) == (True, True)


async def test_on_a_closed_connection_nothing_is_written() -> None:
    connection, transport, _ = connected()
    transport.close()
    with pytest.raises(Closed) as caught:
        await connection.ask(b"request", to_head=False, deadline=1)
    assert (caught.value.sent, transport.written) == (False, b"")


async def test_after_the_deadline_the_wait_is_over() -> None:
    connection, _, _ = connected()
    assert not connection.expire(100)
    asked = connection.ask(b"request", to_head=False, deadline=10)
    assert not connection.expire(9)
    assert connection.expire(10)
    assert not connection.expire(11)
    with pytest.raises(UpstreamTimedOut):
        await asked


async def test_bytes_while_idle_end_the_connection() -> None:
    connection, transport, _ = connected()
    connection.data_received(OK)
    assert transport.closed
    assert not connection.usable
