"""The registry of sockets, and what waits in one of them."""

import pytest

from contracts.model.profile import Profile
from contracts.model.socket_limits import Limits
from gateway.sockets.hub import Hub, Socket


def socket(user_id: int, limits: Limits = Limits(), *, legacy: bool = True) -> Socket:  # noqa: B008
    return Socket(user_id, Profile("student", 5), legacy=legacy, authorization="", limits=limits)


async def test_a_person_is_there_from_the_first_to_the_last_socket() -> None:
    hub, first, second = Hub(), socket(1), socket(1, legacy=False)
    assert [hub.join(first), hub.join(second), hub.join(socket(2))] == [True, False, True]
    assert (first.key, second.key) == ("student_5", "user_1")
    assert sorted(hub.people()) == [1, 2]
    assert hub.of(1) == [first, second]
    assert [hub.leave(first), hub.leave(second)] == [False, True]
    assert (hub.of(1), hub.count(1), len(hub.all())) == ([], 0, 1)


async def test_a_closing_socket_takes_nothing_more() -> None:
    hub, closing = Hub(), socket(1)
    hub.join(closing)
    closing.shut(4401, b"first")
    closing.shut(1012, b"second")
    closing.send(b"late")
    closing.ended()
    assert closing.closing == (4401, b"first")
    assert (hub.of(1), hub.count(1)) == ([], 1)


@pytest.mark.parametrize("limits", [Limits(queue_frames=2), Limits(queue_bytes=20)])
async def test_a_full_queue_ends_the_connection(limits: Limits) -> None:
    aborted: list[bool] = []
    full = socket(1, limits)
    full.abort = lambda: aborted.append(True)
    full.send(b"1234567890")
    full.send(b"1234567890")
    assert (full.closing, aborted) == (None, [])
    full.send(b"1234567890")
    full.ended()
    assert aborted == [True]
    assert full.closing is not None
