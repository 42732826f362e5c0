"""Where producers put a record by its key: the two ways that are in use. Nothing here asks a cluster."""

from __future__ import annotations

import zlib
from enum import StrEnum


class Partitioner(StrEnum):
    """How a key becomes a partition."""

    MURMUR2 = "murmur2"
    """Kafka's own clients, and those that follow them."""
    CRC32 = "crc32"
    """librdkafka by default (`consistent_random`): kcat, confluent-kafka and others built on it."""

    def place(self, key: bytes, partitions: int) -> int:
        if self is Partitioner.CRC32:
            return zlib.crc32(key) % partitions
        from aiokafka.partitioner import murmur2

        return int(murmur2(key) & 0x7FFFFFFF) % partitions
