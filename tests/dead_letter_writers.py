"""What really writes dead letters: Kafka Connect with a file sink, and a Kafka Streams app; no part of what is tested.

The app is Kafka's own word count from `kafka-streams-examples`: it splits values into words, so that a null fails,
and its keys are to be longs here, so that others can not be deserialized. No compiler is needed for that.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from kafkatui.minicluster import jars, jre, places
from tests import kafka_tools

STREAMS_IN, STREAMS_OUT = "streams-plaintext-input", "streams-wordcount-output"
"""The names are in the app."""
_CONNECT = "org.apache.kafka.connect.cli.ConnectStandalone"
_WORD_COUNT = "org.apache.kafka.streams.examples.wordcount.WordCountDemo"
_SOON_GONE = {"session.timeout.ms": "6000", "heartbeat.interval.ms": "1500"}
"""A group can be deleted when the broker misses its members: the shortest time it takes for that."""
_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m")


@cache
def class_path() -> str:
    """The tools' jars and those of the writers, fetched if need be and checked."""
    lock, folder = jars.lock("kafka-dead-letters-4.3.0"), jars.folder(places.cache())
    jars.fetch(lock, folder)
    return os.pathsep.join([kafka_tools.class_path(), jars.class_path(lock, folder)])


@contextmanager
def a_sink(bootstrap: str, name: str, topic: str, dead_letters: str, folder: Path) -> Iterator[None]:
    """A worker whose one connector reads `topic` as JSON into a file; what is none becomes a dead letter."""
    worker = {
        "bootstrap.servers": bootstrap,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        "offset.storage.file.filename": str(folder / "offsets"),
        "plugin.discovery": "service_load",
        "listeners": "http://127.0.0.1:0",
    }
    connector = {
        "name": name,
        "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
        "topics": topic,
        "file": str(folder / "out.txt"),
        "tasks.max": "1",
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": dead_letters,
        "errors.deadletterqueue.topic.replication.factor": "3",
        "errors.deadletterqueue.context.headers.enable": "true",
        "consumer.override.auto.offset.reset": "earliest",
        **{f"consumer.override.{setting}": value for setting, value in _SOON_GONE.items()},
    }
    files = [_written(folder / "worker.properties", worker), _written(folder / "sink.properties", connector)]
    with _running(folder / "connect.log", _CONNECT, *files):
        yield


@contextmanager
def a_streams_app(bootstrap: str, name: str, dead_letters: str, folder: Path) -> Iterator[None]:
    """Word count with a dead-letter topic (KIP-1034) for what can not be read and for what fails while it is worked."""
    errors = "org.apache.kafka.streams.errors"
    stores = "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers"
    properties = {
        "application.id": name,
        "bootstrap.servers": bootstrap,
        "state.dir": str(folder / "state"),
        "replication.factor": "3",
        "commit.interval.ms": "200",
        "default.key.serde": "org.apache.kafka.common.serialization.Serdes$LongSerde",
        # RocksDB, 73 MB, is not fetched.
        "dsl.store.suppliers.class": stores,
        "processing.exception.handler": f"{errors}.LogAndContinueProcessingExceptionHandler",
        "deserialization.exception.handler": f"{errors}.LogAndContinueExceptionHandler",
        "errors.dead.letter.queue.topic.name": dead_letters,
        **_SOON_GONE,
    }
    with _running(folder / "streams.log", _WORD_COUNT, _written(folder / "streams.properties", properties)):
        yield


@contextmanager
def _running(log: Path, *words: str) -> Iterator[None]:
    java = str(jre.find_java().program)
    command = [java, *_FLAGS, "-cp", class_path(), *words]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield
        finally:
            process.kill()


def _written(path: Path, properties: dict[str, str]) -> str:
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    return str(path)
