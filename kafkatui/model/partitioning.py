"""How a record about to be written gets its partition: the choices. The hashing is in `kafka.placement`."""

from __future__ import annotations

from enum import StrEnum


class PartitionBy(StrEnum):
    """What decides about a record's partition."""

    SAME = "same"
    """The record itself where it names one, else its key."""
    KEY = "key"
    """Its key, as Kafka's own producers choose (murmur2); records without a key take turns."""
    KEY_CRC32 = "key-crc32"
    """Its key, as librdkafka's producers choose by default (CRC-32); records without a key take turns."""
    ROUND_ROBIN = "round-robin"
    """All partitions take turns."""


class NoSuchPartition(ValueError):
    """The record names a partition that the topic does not have."""
