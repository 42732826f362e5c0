"""What command and screen say alike of a replay: its ways in words, how long, how fast, the command line. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from shlex import quote

from kafkatui.columns.cells import bytes_text, rate_text, thousands
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.partitioning import PartitionBy
from kafkatui.reading.request import WHOLE
from kafkatui.replay.picked import picked_text
from kafkatui.replay.plan import Level
from kafkatui.replay.planning import Asked
from kafkatui.replay.progress import State
from kafkatui.replay.spec import Headers, Spec, Timestamps

MARKS = {Level.BLOCK: "✖", Level.WARN: "▲", Level.NOTE: "·"}
PARTITIONS = {
    PartitionBy.SAME: "to the partition of the same number",
    PartitionBy.KEY: "by key, as Kafka's own producers (murmur2)",
    PartitionBy.KEY_CRC32: "by key, as librdkafka (crc32)",
    PartitionBy.ROUND_ROBIN: "from partition to partition in turn",
}
WAYS = {
    "same": PartitionBy.SAME,
    "key-murmur2": PartitionBy.KEY,
    "key-crc32": PartitionBy.KEY_CRC32,
    "round-robin": PartitionBy.ROUND_ROBIN,
}
"""How a person asks for them."""


def goes_words(spec: Spec) -> str:
    """Which partition a copy goes to."""
    return "into a file" if spec.to_file else PARTITIONS[spec.partition_by]


def place_words(spec: Spec, where: TopicPartition) -> str:
    """A partition of the source; a file has none."""
    return spec.source if spec.is_file else str(where)


def kept(spec: Spec) -> str:
    """What of a record stays as it is."""
    times = "timestamps kept" if spec.timestamps is Timestamps.KEEP else "timestamps of the moment"
    headers = {
        Headers.KEEP: "headers kept",
        Headers.DROP: "headers dropped",
        Headers.STAMP: "headers kept and stamped",
    }
    return f"{times}; {headers[spec.headers]}"


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} m" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def seconds_left(state: State) -> float | None:
    """As fast as so far; None where nothing says so."""
    if not state.offsets or not state.seconds or state.share >= 1:
        return None
    return (state.total - state.offsets) / (state.offsets / state.seconds)


def speed_text(state: State) -> str:
    """Bytes a second, as sent."""
    return f"{bytes_text(round(state.size / state.seconds)) if state.seconds > 0 else '0 B'}/s"


def progress_words(state: State) -> str:
    """One line while it runs."""
    if state.waiting is not None:
        return f"waits: {state.waiting.text}   {thousands(state.records)} records sent"
    if state.paused:
        return f"paused: p goes on   {thousands(state.records)} records sent, all of them count"
    left = seconds_left(state)
    rest = "" if left is None else f"   {duration(left)} left"
    speed = f"{rate_text(state.rate)}/s   {speed_text(state)}"
    return f"sent {thousands(state.records)}   {state.share:.0%}   {speed}{rest}"


def rate_words(limit: float | None) -> str:
    """Behind such a line; empty where there is no limit."""
    return "" if limit is None else f"   at most {rate_text(limit)}/s"


# The command line that does the same


def replay_command(asked: Asked, rate: float | None, connection: Connection | None) -> str:
    """The words of a shell that plan and run the same."""
    return _line([*_source(asked), *_ways(asked), *_pace(rate), "--job", asked.job], connection)


def job_command(verb: str, job: str, rate: float | None, connection: Connection | None) -> str:
    """`resume`, `verify` or `show`."""
    looked_at = None if connection is None else replace(connection, unlocked=False)
    return _line([verb, job, *_pace(rate)], connection if verb == "resume" else looked_at)


def _line(words: Sequence[str], connection: Connection | None) -> str:
    where = () if connection is None else connection.flags()
    return " ".join(quote(word) for word in ("kafkatui", "replay", *words, *where))


def _source(asked: Asked) -> Iterator[str]:
    if asked.picked:
        yield from (asked.source, "--to", asked.target, "--records", picked_text(asked.picked))
        return
    numbers = "" if asked.partitions is None else ":" + ",".join(str(each) for each in sorted(asked.partitions))
    yield from (f"{asked.source}{numbers}", "--to", asked.target)
    # A range with both ends: without one, a topic into itself would never end.
    if asked.range != WHOLE or asked.source == asked.target:
        yield from ("-o", str(asked.range))
    yield from asked.selection.flags()


def _ways(asked: Asked) -> Iterator[str]:
    if asked.partition_by is not PartitionBy.SAME:
        yield from ("--partitions", next(name for name, way in WAYS.items() if way is asked.partition_by))
    if asked.timestamps is not Timestamps.KEEP:
        yield from ("--timestamps", asked.timestamps.value)
    if asked.headers is not Headers.KEEP:
        yield from ("--headers", asked.headers.value)


def _pace(rate: float | None) -> list[str]:
    return [] if rate is None else ["--rate", f"{rate:g}" if rate < 1e6 else f"{rate:.0f}"]
