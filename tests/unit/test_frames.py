"""Frames as they arrive: in pieces of any size, each whole one handed on once, none beyond the cap read."""

from __future__ import annotations

import random
import struct

import pytest

from kafkatui.kafka.frames import Frames


class Received:
    """What a connection would have been told."""

    def __init__(self, largest: int = 1_000) -> None:
        self.frames: list[bytes] = []
        self.refused: list[bytes] = []
        self.lost: list[Exception | None] = []
        self.protocol = Frames(largest, self._take, self.refused.append, self.lost.append)

    def _take(self, frame: memoryview) -> None:
        assert frame.readonly
        self.frames.append(bytes(frame))

    def feed(self, data: bytes, most: int = 1 << 20) -> None:
        """As a transport does: never more than there is room for, nor than `most`."""
        while data:
            room = self.protocol.get_buffer(-1)
            size = min(len(room), len(data), most)
            room[:size] = data[:size]
            self.protocol.buffer_updated(size)
            data = data[size:]


def framed(*bodies: bytes) -> bytes:
    return b"".join(struct.pack(">i", len(body)) + body for body in bodies)


@pytest.mark.parametrize("most", [1, 3, 4, 5, 100, 1 << 20])
def test_frames_arrive_whole_in_whatever_pieces(most: int) -> None:
    received = Received()
    bodies = [random.Random(size).randbytes(size) for size in (1, 2, 999, 1_000, 4)]
    received.feed(framed(*bodies), most)
    assert received.frames == bodies


def test_a_frame_that_is_handed_on_is_not_written_to_again() -> None:
    frames: list[memoryview] = []
    received = Received()
    received.protocol = Frames(1_000, frames.append, received.refused.append, received.lost.append)
    received.feed(framed(b"first", b"other"))
    assert [bytes(frame) for frame in frames] == [b"first", b"other"]


@pytest.mark.parametrize("size", [-1, 0, 1_001, 0x48545450])
def test_a_length_out_of_bounds_is_refused_before_any_of_it_is_read(size: int) -> None:
    received = Received()
    received.feed(framed(b"good") + struct.pack(">i", size))
    assert received.frames == [b"good"]
    assert received.refused == [struct.pack(">i", size)]


def test_the_end_is_told() -> None:
    received = Received()
    error = ConnectionResetError()
    received.feed(framed(b"good")[:-1])
    received.protocol.connection_lost(error)
    assert (received.frames, received.lost) == ([], [error])
