"""A line of input for `produce`: a record, which as a line of output reads back the same, or a refusal."""

from __future__ import annotations

from kafkatui.cli.input_lines import from_ndjson
from kafkatui.decoding.ndjson import record_line
from kafkatui.decoding.ndjson_lines import LineError, read_line
from kafkatui.model.records import Record
from kafkatui.safe_text import safe_text

_PARSE = from_ndjson("t")


def one(data: bytes) -> None:
    try:
        read = _PARSE(data)
    except LineError as error:
        str(error).encode("utf-8", "surrogateescape")
        return
    if read is None:
        assert not data.strip()
        return
    timestamp, partition = read.timestamp_ms, read.partition
    line = record_line(
        Record("t", partition or 0, 0, -1 if timestamp is None else timestamp, read.key, read.value, read.headers)
    )
    assert safe_text(line) == line
    again = read_line(line)
    assert (again.key, again.value, again.headers) == (read.key, read.value, read.headers)
