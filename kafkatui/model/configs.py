"""A config of a topic or broker as Kafka tells it (DescribeConfigs): its value, and where that comes from. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ConfigSource(StrEnum):
    """Who set the value; the words are those of `kafka-configs`, without their tails."""

    TOPIC = "topic"
    """An override of this topic."""
    BROKER = "broker"
    """Set on one broker while it runs."""
    CLUSTER = "cluster"
    """Set for all brokers while they run."""
    FILE = "file"
    """In the broker's server.properties."""
    DEFAULT = "default"
    """Kafka's own."""
    OTHER = "other"
    """Of a kind this program does not know."""


@dataclass(frozen=True, slots=True)
class Synonym:
    """A place a value may come from; the first of a config's synonyms is the one that counts."""

    name: str
    """Brokers call some configs otherwise: `log.retention.ms` stands behind `retention.ms`."""
    value: str | None
    source: ConfigSource


@dataclass(frozen=True, slots=True)
class Config:
    """One config. The value of a sensitive one is never known."""

    name: str
    value: str | None
    """None: it is sensitive, or it has none."""
    source: ConfigSource
    is_read_only: bool = False
    is_sensitive: bool = False
    synonyms: tuple[Synonym, ...] = ()

    @property
    def is_default(self) -> bool:
        """Whether it is Kafka's own value."""
        return self.source is ConfigSource.DEFAULT

    @property
    def is_override(self) -> bool:
        """Whether it was set for this very topic."""
        return self.source is ConfigSource.TOPIC

    @property
    def beneath(self) -> Synonym | None:
        """What counts once the topic's override is gone; None where that is not told."""
        return next((each for each in self.synonyms if each.source is not ConfigSource.TOPIC), None)


Configs = Mapping[str, Config]
"""By name, in alphabetical order."""
