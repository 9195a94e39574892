from backend.sockets.ringing import Ringing


def test_a_call_has_two_ends():
    ringing = Ringing()
    ring = ringing.open(1, 2, 11)
    assert ringing.between(2, 1) is ring
    assert (ring.other(1), ring.other(2)) == (2, 1)
    assert ringing.of(1) == ringing.of(2) == [ring]
    assert ringing.of(3) == []


def test_a_frame_without_a_name_finds_its_call():
    ringing = Ringing()
    first, second = ringing.open(1, 2, 11), ringing.open(1, 3, 12)
    assert ringing.in_conversation(1, 12) is second
    assert ringing.in_conversation(2, None) is first
    assert ringing.in_conversation(1, 13) is None


def test_ringing_until_answered_ended_or_replaced():
    ringing = Ringing()
    first = ringing.open(1, 2, 11)
    assert ringing.is_unanswered(first)
    second = ringing.open(2, 1, 12)
    assert not ringing.is_unanswered(first)
    ringing.answer(second)
    assert not ringing.is_unanswered(second)
    assert ringing.end(1, 2) is second
    assert ringing.end(1, 2) is None
