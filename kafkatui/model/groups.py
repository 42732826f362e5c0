"""Groups, their members and the lag of what they read. The rules of lag live here; how it is asked for does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.problems import PENDING, Problem, Reading, forget, is_pending, known, total


class GroupType(StrEnum):
    """The kinds of group Kafka 4.3 knows (ListGroups v5)."""

    CLASSIC = "classic"
    CONSUMER = "consumer"
    """KIP-848."""
    SHARE = "share"
    """KIP-932."""
    STREAMS = "streams"
    """KIP-1071."""
    UNKNOWN = "unknown"
    """The broker is older than ListGroups v5, or newer than this program."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group and the partitions it reads now."""

    member_id: str
    client_id: str
    host: str
    instance_id: str | None = None
    partitions: tuple[TopicPartition, ...] = ()
    target: tuple[TopicPartition, ...] | None = None
    """What it is to read when the group has settled (KIP-848); None where the protocol has no such thing."""
    epoch: int | None = None
    """The epoch of the group it has caught up with; None where the protocol has none."""


@dataclass(frozen=True, slots=True)
class GroupPartition:
    """What one group did with one partition: a row of lag."""

    topic: str
    partition: int
    committed: Reading | None
    """None: no commit. For a share group: its start offset."""
    start: Reading
    end: Reading
    stable_end: Reading
    lag: Reading
    member: Member | None = None
    problem: Problem | None = None
    """What a reader of this row must know: no commit, ahead of the log, records lost, or why a number is missing."""

    @property
    def name(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)

    @property
    def reads_from(self) -> int | None:
        """Where it would read on: at its commit, or at the start where it has none or that was deleted.

        None: it is not known.
        """
        if isinstance(self.committed, Problem) or not isinstance(self.start, int):
            return None if self.committed is None else known(self.committed)
        return self.start if self.committed is None else max(self.start, self.committed)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of any type with its members and its lag."""

    group: str
    type: GroupType
    state: str
    """Kafka's own word: Stable, Empty, PreparingRebalance, Assigning, Reconciling, Dead..."""
    protocol: str
    """`consumer` for groups of consumers; Connect says `connect`, schema registries `sr`."""
    coordinator: int
    members: tuple[Member, ...] | Problem = PENDING
    partitions: tuple[GroupPartition, ...] | Problem = PENDING
    problem: Problem | None = None
    epoch: int | None = None
    """Counts the changes of who is in it and what is subscribed (KIP-848); None: not told."""
    assignment_epoch: int | None = None
    """The epoch its target assignment was made for; None: not told."""
    application: str = ""
    """Whose group it is where that can be told: `Kafka Connect`, `Kafka Streams`; else empty."""

    @property
    def rows(self) -> tuple[GroupPartition, ...]:
        """Its partitions; none while they could not be read."""
        return () if isinstance(self.partitions, Problem) else self.partitions

    @property
    def lag(self) -> Reading | None:
        """The sum over its partitions, or why it is not known; None if it has neither a commit nor a partition."""
        if isinstance(self.partitions, Problem):
            return self.partitions
        return total(row.lag for row in self.partitions) if self.partitions else None

    @property
    def topics(self) -> tuple[str, ...]:
        if isinstance(self.partitions, Problem):
            return ()
        return tuple(sorted({row.topic for row in self.partitions}))


NO_COMMIT = "no_commit"


def lag_of(committed: Reading | None, start: Reading, end: Reading) -> tuple[Reading, Problem | None]:
    """The lag of one partition and what must be said beside it, by the rules of franz-go's kadm.

    No commit means all that is available, a commit beyond the end means 0, and neither is passed over in silence.
    """
    if isinstance(committed, Problem):
        return _unknown(committed)
    if isinstance(end, Problem):
        return _unknown(end)
    if committed is None:
        return _available(start, end)
    if committed > end:
        text = f"the commit is {committed - end} ahead of the log: was the topic made anew?"
        return 0, Problem("ahead_of_log", text)
    if isinstance(start, int) and committed < start:
        text = f"{start - committed} records were deleted before they were read"
        return end - committed, Problem("records_lost", text)
    return end - committed, None


def _available(start: Reading, end: int) -> tuple[Reading, Problem | None]:
    if isinstance(start, Problem):
        return _unknown(start)
    available = max(0, end - start)
    return available, Problem(NO_COMMIT, f"no commit; {available} records are available")


def _unknown(why: Problem) -> tuple[Problem, Problem | None]:
    problem = forget(why)
    return problem, None if is_pending(problem) else problem
