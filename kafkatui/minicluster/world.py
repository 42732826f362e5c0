"""The sample world, declared: topics, who writes, who reads and how far. What makes it real is in `seed` and `load`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from kafkatui.kafka.writer import Codec
from kafkatui.minicluster import clicks, orders
from kafkatui.minicluster.orders import Order
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.records import NewRecord

ORDERS = 8_000
"""Orders in the seeded history."""
_DAY_MS = 24 * orders.HOUR_MS


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the world."""

    name: str
    partitions: int
    keeps_days: int
    configs: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_configs(self) -> dict[str, str]:
        return {"retention.ms": str(self.keeps_days * _DAY_MS), **self.configs}

    @property
    def all_partitions(self) -> tuple[TopicPartition, ...]:
        return tuple(TopicPartition(self.name, number) for number in range(self.partitions))


@dataclass(frozen=True, slots=True)
class Feed:
    """A producer: which records each order makes it write."""

    topic: str
    client_id: str
    of_order: Callable[[Order], Iterator[NewRecord]]
    codec: Codec | None = None
    transactional: bool = False


class Stuck(Enum):
    """In the place of a number of records behind."""

    ON_POISON = "at the poisoned record"


Behind: TypeAlias = int | Stuck | None
"""Records between a commit and the end of the log at rest; None: no commit."""


@dataclass(frozen=True, slots=True)
class Member:
    """How the members of a group work under load."""

    count: int
    per_second: float
    """Records one member can handle."""
    fails_on_poison: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A group of consumers: where it stands at rest, by topic and partition, and who works in it under load."""

    name: str
    behind: Mapping[str, tuple[Behind, ...]]
    members: Member | None = None
    """None: nobody, under load too."""


@dataclass(frozen=True, slots=True)
class Trim:
    """A partition whose oldest records are gone."""

    where: TopicPartition
    kept: int


TOPICS = (
    Topic("orders.created", 6, 7),
    Topic("orders.state", 3, 7, {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.3"}),
    Topic("payments", 4, 30, {"compression.type": "producer"}),
    Topic("shipments", 3, 14),
    Topic("notifications", 3, 3, {"retention.bytes": str(256 * 1024 * 1024)}),
    Topic("clicks.raw", 3, 2, {"segment.bytes": str(16 * 1024 * 1024)}),
    Topic("inventory.snapshots", 2, 7, {"cleanup.policy": "compact,delete", "max.message.bytes": "2097152"}),
    Topic("payments-dlt", 4, 30),
    Topic("dlq.shipments-sink", 1, 30),
    Topic("orders-enricher-dlq", 2, 30),
)

FEEDS = (
    Feed("orders.created", "shop", orders.created, Codec.LZ4),
    Feed("orders.state", "order-keeper", orders.states, Codec.SNAPPY),
    Feed("payments", "payment-service", orders.payments, Codec.ZSTD, transactional=True),
    Feed("shipments", "warehouse", orders.shipments, Codec.GZIP),
    Feed("notifications", "notifier", orders.notifications),
    Feed("clicks.raw", "web", clicks.clicks, Codec.ZSTD),
    Feed("inventory.snapshots", "warehouse-stock", orders.stock, Codec.ZSTD),
)

GROUPS = (
    Group("billing", {"payments": (0, 2, 0, 1)}, Member(2, 250)),
    Group("shipping", {"orders.created": (0, 1, 0, 0, 2, 0), "shipments": (0, 0, 1)}, Member(2, 250)),
    Group("orders-enricher", {"orders.created": (0, 0, 3, 0, 0, 1), "orders.state": (0, 2, 0)}, Member(1, 400)),
    Group("connect-shipments-sink", {"shipments": (0, 0, 0)}, Member(1, 200)),
    Group("mailer", {"notifications": (1480, 1205, 1622)}, Member(1, 18)),
    Group("fraud-check", {"payments": (2, 0, Stuck.ON_POISON, 3)}, Member(2, 200, fails_on_poison=True)),
    Group(
        "analytics",
        {"orders.created": (640, 702, 655, 611, 689, 648), "clicks.raw": (1_500, 1_900, 2_050)},
    ),
    Group("inventory-sync", {"inventory.snapshots": (4, None)}),
    Group("reporting-old", {"orders.created": (0, 0, 0, 0, 0, 0)}),
)

TRIMS = (Trim(TopicPartition("clicks.raw", 0), kept=1_320),)
"""`analytics` stopped so long ago that records it had not read are gone."""


def topic(name: str) -> Topic:
    """The topic of this name."""
    return next(topic for topic in TOPICS if topic.name == name)
