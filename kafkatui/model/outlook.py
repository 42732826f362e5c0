"""What is ahead of a group: how late it is, how fast it reads, when it is through, what it may lose, a verdict.

What these are; how they are reckoned from what was observed is in `reckoning` and `verdicts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import PENDING, Reading


class Verdict(StrEnum):
    """Burrow's words for how a group reads a partition, the best first."""

    OK = "OK"
    WARN = "WARN"
    """It reads, but its lag never shrinks."""
    STALL = "STALL"
    """It commits the same offset again and again while there is more."""
    STOP = "STOP"
    """It commits no more."""
    REWIND = "REWIND"
    """It went back and has not come forward again."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, with the rule and the numbers that led to it."""

    verdict: Verdict
    rule: str
    """One sentence for a person; may hold text from the cluster."""
    observed_ms: int
    """How long it was watched for this."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is ahead of one partition of a group."""

    time_lag: Reading = PENDING
    """Age in ms of the first record it has not read; 0 when it has read all."""
    is_estimated: bool = False
    """Whether `time_lag` lies between two samples of this session's own, instead of being a record's."""
    consume_rate: float | None = None
    """Records/s its commits move on; None: not observed long enough."""
    produce_rate: float | None = None
    """Records/s written to it."""
    drains_in: float | None = None
    """Seconds until it has read all at these rates; infinity: never, it falls behind. None: not known."""
    retention_share: float | None = None
    """Percent of what the log holds that it has not read; 100: the next that is deleted is unread. None: no lag."""
    loses_in_ms: Reading | None = None
    """Until the first record it has not read is old enough to be deleted; None: nothing to lose, or no such limit."""
    still_since: float | None = None
    """Since when its commit has not moved although there was more, epoch seconds; None: it moves."""
    judgement: Judgement | None = None
    """None: not observed long enough."""


READ_ALL = Outlook(time_lag=0)
"""Of a partition without lag."""


@dataclass(frozen=True, slots=True)
class GroupOutlook:
    """What is ahead of a group: that of its worst partition, or the sum where that makes sense."""

    partitions: Mapping[TopicPartition, Outlook] = field(default_factory=dict)
    """Of those it has not read to the end; of the others there is nothing to say."""
    time_lag: Reading | None = PENDING
    """The longest, in ms; None for a group without a partition."""
    is_estimated: bool = False
    consume_rate: float | None = None
    produce_rate: float | None = None
    drains_in: float | None = None
    """Of the partition that takes longest."""
    retention_share: float | None = None
    """The largest."""
    loses_in_ms: Reading | None = None
    """The shortest."""
    judgement: Judgement | None = None
    """The worst."""
    worst: TopicPartition | None = None
    """The partition `judgement` is about."""
