"""Files of offsets for a reset: read, and what is written of them reads the same."""

from __future__ import annotations

from kafkatui.resets import csv_offsets
from kafkatui.resets.errors import BadRequest


def one(data: bytes) -> None:
    try:
        found = csv_offsets.parse(data.decode("utf-8", "surrogateescape"), "g")
    except BadRequest as error:
        str(error).encode("utf-8", "surrogateescape")
        return
    for with_group in (False, True):
        written = "\r\n".join(csv_offsets.lines({"g": found}, with_group=with_group))
        assert csv_offsets.parse(written, "g") == found
