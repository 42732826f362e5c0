"""Whatever records somebody thinks of: a replay writes the same bytes again, in the same order, by any codec."""

from __future__ import annotations

from typing import NamedTuple

from confluent_kafka import Producer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.kafka import command_line
from tests.kafka.replays import a_job, content
from tests.kafka.torture import CODECS, PARTITIONS, TAKES_ALL, a_topic, read_by_confluent

LARGE = 1 << 20
"""Bytes of a value: 1 MiB."""


class Made(NamedTuple):
    """One record as confluent-kafka takes it; it makes a time of its own out of 0."""

    partition: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def long(unit: bytes, size: int) -> bytes:
    return (unit * (size // len(unit) + 1))[:size]


SHORT = st.none() | st.just(b"") | st.binary(max_size=30)
LONG = st.builds(long, st.binary(min_size=1, max_size=9), st.sampled_from([4_000, 70_000, LARGE]))
RECORD = st.builds(
    Made,
    st.integers(0, PARTITIONS - 1),
    st.integers(1, 1_795_000_000_000),
    SHORT,
    SHORT | SHORT | SHORT | LONG,
    # Few names, so that they come twice.
    st.lists(st.tuples(st.sampled_from(["a", "b", "", "ü", "\x1b[31m"]) | st.text(max_size=4), SHORT), max_size=4),
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(records=[Made(0, 1, None, None, [])], codec="none")
@example(records=[Made(0, 5, b"k", long(b"0123456789abcdef", LARGE), [("a", None), ("a", b"")])] * 3, codec="zstd")
@given(records=st.lists(RECORD, min_size=1, max_size=60), codec=st.sampled_from(CODECS))
def test_a_replay_writes_the_same_bytes_again(mini_cluster: Status, records: list[Made], codec: str) -> None:
    with a_topic(mini_cluster, "made", TAKES_ALL) as source, a_topic(mini_cluster, "again", TAKES_ALL) as target:
        write(mini_cluster, source, records, codec)
        written = content(read_by_confluent(mini_cluster, source, Isolation.COMMITTED))
        assert sum(map(len, written.values())) == len(records)
        ran = command_line.run("replay", source, "--to", target, "--job", a_job(), "-y", "-b", mini_cluster.bootstrap)
        assert ran.code == 0, ran.err
        assert content(read_by_confluent(mini_cluster, target, Isolation.COMMITTED)) == written


def write(status: Status, topic: str, records: list[Made], codec: str) -> None:
    options = {"compression.type": codec, "message.max.bytes": 3_000_000, "linger.ms": 20, "enable.idempotence": True}
    producer = Producer({"bootstrap.servers": status.bootstrap, "log_level": 2, **options})
    for each in records:
        producer.produce(
            topic, each.value, each.key, each.partition, timestamp=each.timestamp, headers=list(each.headers)
        )
    assert producer.flush(30) == 0
