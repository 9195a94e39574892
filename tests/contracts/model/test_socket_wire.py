"""Whatever pieces the bytes come in, every frame is seen once, and an unmasked one ends it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model.socket_wire import Wire

TEXT, BINARY, CONTINUATION, PING, PONG = 1, 2, 0, 9, 10


class Reader:
    """What comes after."""

    def __init__(self) -> None:
        self.got = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.got += data
        return False, b""

    def feed_eof(self) -> None:
        self.got += b"<end>"


def frame(opcode: int, size: int, *, masked: bool = True) -> bytes:
    length = (
        bytes([size])
        if size < 126
        else b"\x7e" + size.to_bytes(2)
        if size < 65536
        else b"\x7f" + size.to_bytes(8)
    )
    flag = 0x80 if masked else 0
    return (
        bytes([0x80 | opcode, length[0] | flag]) + length[1:] + (b"mask" if masked else b"") + b"\x81" * size
    )


def fed(data: bytes, piece: int) -> tuple[Reader, list[int]]:
    reader, others = Reader(), list[int]()
    wire = Wire(reader, others.append)
    for start in range(0, len(data), piece):
        wire.feed_data(data[start : start + piece])
    return reader, others


SIZES = st.sampled_from([0, 1, 125, 126, 127, 1000, 65535, 65536])
FRAMES = st.lists(st.tuples(st.sampled_from([TEXT, BINARY, CONTINUATION, PING, PONG]), SIZES), max_size=8)


@given(FRAMES, st.sampled_from([1, 2, 3, 7, 13, 1000, 10**6]))
def test_every_frame_is_seen_once_in_whatever_pieces(frames: list[tuple[int, int]], piece: int) -> None:
    sent = [(opcode, frame(opcode, size)) for opcode, size in frames]
    reader, others = fed(b"".join(data for _, data in sent), piece)
    assert reader.got == b"".join(data for _, data in sent)
    assert others == [len(data) for opcode, data in sent if opcode not in (TEXT, BINARY)]


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 8, 1000])
@pytest.mark.parametrize("size", [0, 5, 200, 70_000])
def test_after_an_unmasked_frame_nothing_more_is_heard(piece: int, size: int) -> None:
    good = frame(TEXT, 10) + frame(PING, 3)
    reader, _ = fed(good + frame(TEXT, size, masked=False) + frame(TEXT, 4), piece)
    assert reader.got.startswith(good)
    assert len(reader.got) <= len(good) + 3  # the header that ends it
    assert b"\xff\x80" in reader.got


def test_the_end_is_told() -> None:
    reader = Reader()
    Wire(reader, lambda _: None).feed_eof()
    assert reader.got == b"<end>"
