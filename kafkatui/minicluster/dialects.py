"""Dead letters byte for byte as Spring, Kafka Connect and Kafka Streams write them. Reading them is done elsewhere."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kafkatui.model.records import Header, NewRecord, Record

_SPRING = "kafka_dlt-"
_CONNECT = "__connect.errors."
_STREAMS = "__streams.errors."


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record could not be handled, as Java tells it."""

    exception: str
    """The class that was thrown."""
    message: str
    frames: tuple[str, ...]
    at_ms: int

    @property
    def stacktrace(self) -> str:
        """As `printStackTrace` writes it."""
        return f"{self.exception}: {self.message}\n" + "".join(f"\tat {frame}\n" for frame in self.frames)


Dialect: TypeAlias = Callable[[str, Record, Failure], NewRecord]
"""Topic of the dead letters, the record that failed, why: the dead letter."""


@dataclass(frozen=True, slots=True)
class Spring:
    """Spring Kafka's `DeadLetterPublishingRecoverer`: numbers are binary, and the timestamp is a new one.

    What tells the origin is appended on every pass, so the first is where it all began and the last is this failure;
    what tells the exception is replaced.
    """

    group: str

    def __call__(self, topic: str, record: Record, failure: Failure) -> NewRecord:
        kept = tuple(header for header in record.headers if not header[0].startswith(f"{_SPRING}exception-"))
        headers = kept + self._origin(record) + self._exception(failure)
        return NewRecord(topic, record.key, record.value, headers, failure.at_ms, record.partition)

    def _origin(self, record: Record) -> tuple[Header, ...]:
        return (
            (f"{_SPRING}original-topic", record.topic.encode()),
            (f"{_SPRING}original-partition", struct.pack(">i", record.partition)),
            (f"{_SPRING}original-offset", struct.pack(">q", record.offset)),
            (f"{_SPRING}original-timestamp", struct.pack(">q", record.timestamp_ms)),
            (f"{_SPRING}original-timestamp-type", b"CreateTime"),
            (f"{_SPRING}original-consumer-group", self.group.encode()),
        )

    def _exception(self, failure: Failure) -> tuple[Header, ...]:
        wrapper = "org.springframework.kafka.listener.ListenerExecutionFailedException"
        message = f"Listener failed; {failure.message}"
        stacktrace = f"{wrapper}: {message}\nCaused by: {failure.stacktrace}"
        return (
            (f"{_SPRING}exception-fqcn", wrapper.encode()),
            (f"{_SPRING}exception-cause-fqcn", failure.exception.encode()),
            (f"{_SPRING}exception-message", message.encode()),
            (f"{_SPRING}exception-stacktrace", stacktrace.encode()),
        )


@dataclass(frozen=True, slots=True)
class Connect:
    """Kafka Connect's `DeadLetterQueueReporter`: numbers are decimal, key, value and timestamp stay as they were."""

    connector: str
    stage: str
    executing: str
    """The class that was at work."""

    def __call__(self, topic: str, record: Record, failure: Failure) -> NewRecord:
        texts = {
            "topic": record.topic,
            "partition": str(record.partition),
            "offset": str(record.offset),
            "connector.name": self.connector,
            "task.id": "0",
            "stage": self.stage,
            "class.name": self.executing,
            "exception.class.name": failure.exception,
            "exception.message": failure.message,
            "exception.stacktrace": failure.stacktrace,
        }
        return NewRecord(topic, record.key, record.value, record.headers + _texts(_CONNECT, texts), record.timestamp_ms)


@dataclass(frozen=True, slots=True)
class Streams:
    """Kafka Streams with a dead-letter topic (KIP-1034): the headers of the record first, the partition chosen anew."""

    def __call__(self, topic: str, record: Record, failure: Failure) -> NewRecord:
        texts = {
            "exception": failure.exception,
            "message": failure.message,
            "stacktrace": failure.stacktrace,
            "topic": record.topic,
            "partition": str(record.partition),
            "offset": str(record.offset),
        }
        return NewRecord(topic, record.key, record.value, record.headers + _texts(_STREAMS, texts), record.timestamp_ms)


def _texts(prefix: str, texts: dict[str, str]) -> tuple[Header, ...]:
    return tuple((prefix + name, text.encode()) for name, text in texts.items())
