"""The records of one cluster: plans of what to read, whole ranges at full speed, pages, and the tail."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from kafkatui.filters import Selection
from kafkatui.kafka.fetch_request import USUAL, Limits
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.ranges import resolve
from kafkatui.kafka.scan import follow, scan
from kafkatui.kafka.search import Step, Wanted
from kafkatui.kafka.topology import read_topology
from kafkatui.model.cluster import Partition, Topic, Topology
from kafkatui.model.problems import Problem
from kafkatui.model.spans import Isolation, Span
from kafkatui.reading.late import LateFilter, behind
from kafkatui.reading.pages import Direction, Pages
from kafkatui.reading.request import Plan, Request, Unread
from kafkatui.reading.side_process import SideProcess

if TYPE_CHECKING:
    from kafkatui.reading.masking import Masking

EVERYTHING = Wanted()
BeginApart: TypeAlias = Callable[[Selection, Isolation], SideProcess | None]
_PAGE = Limits(request_bytes=1 << 20, partition_bytes=256 * 1024)
"""A page is a few records: megabytes more than it needs would be read for nothing."""


class Records:
    """Reads records and nothing else: no request changes anything, and none makes a topic."""

    def __init__(self, nodes: Nodes, begin_apart: BeginApart | None = None, masking: Masking | None = None) -> None:
        """`begin_apart`: gives a process of its own for a search. `masking`: what every record goes through.

        Without it records are what is stored: to be written again, not to be shown.
        """
        self.masking = masking
        self._nodes = nodes
        self._begin_apart = begin_apart

    async def plan(self, request: Request, topology: Topology | None = None) -> Plan:
        """Resolve a request to offsets as they are now. Raises `Unreachable`.

        `topology`, if it was just read, spares asking for it.
        """
        topology = topology or await read_topology(self._nodes)
        topics = [topology.topics[name] for name in request.topics if name in topology.topics]
        unread = [Unread(name, None, _UNKNOWN) for name in request.topics if name not in topology.topics]
        unread += [Unread(topic.name, None, topic.problem) for topic in topics if topic.problem is not None]
        wanted = [partition for topic in topics for partition in _wanted(topic, request)]
        unread += [each for topic in topics for each in _missing(topic, request)]
        resolved = await resolve(self._nodes, wanted, request.range, request.isolation) if wanted else {}
        unread += [Unread(*where, found) for where, found in resolved.items() if isinstance(found, Problem)]
        spans = tuple(found for found in resolved.values() if isinstance(found, Span))
        return Plan(request, spans, {topic.name: len(topic.partitions) for topic in topics}, tuple(unread))

    def search(
        self, plan: Plan, wanted: Wanted = EVERYTHING, late: LateFilter | None = None, limits: Limits = USUAL
    ) -> AsyncGenerator[Step, None]:
        """The whole range at full speed, in order within a partition; see `kafka.scan.scan`."""
        return behind(scan(self._nodes, plan.spans, wanted, plan.request.isolation, limits), late, self.masking)

    def apart(self, plan: Plan, selection: Selection) -> SideProcess | None:
        """A process of its own that can search the plan, so that nothing here waits for it; None: there is none.

        It takes no decoders and masks nothing. To be closed by the caller.
        """
        if self._begin_apart is None or self.masking is not None:
            return None
        return self._begin_apart(selection, plan.request.isolation)

    def follow(
        self, plan: Plan, wanted: Wanted = EVERYTHING, late: LateFilter | None = None
    ) -> AsyncGenerator[Step, None]:
        """From the firsts of the plan on, without an end; new partitions too, unless only some are read."""
        read = Counter(span.where.topic for span in plan.spans)
        growing = [topic for topic, count in plan.partitions.items() if read[topic] == count]
        steps = follow(self._nodes, plan.spans, wanted, plan.request.isolation, growing=growing)
        return behind(steps, late, self.masking)

    def older(self, plan: Plan, wanted: Wanted = EVERYTHING, late: LateFilter | None = None) -> Pages:
        """Backwards from the end of the plan's range."""
        return self._pages(plan, Direction.OLDER, wanted, late)

    def newer(self, plan: Plan, wanted: Wanted = EVERYTHING, late: LateFilter | None = None) -> Pages:
        """Forwards from its start."""
        return self._pages(plan, Direction.NEWER, wanted, late)

    def _pages(self, plan: Plan, direction: Direction, wanted: Wanted, late: LateFilter | None) -> Pages:
        def read(pieces: Iterable[Span]) -> AsyncGenerator[Step, None]:
            pieces = list(pieces)
            is_short = all(piece.until - piece.first <= _SHORT for piece in pieces)
            limits = _PAGE if is_short else USUAL
            steps = scan(self._nodes, pieces, wanted, plan.request.isolation, limits)
            return behind(steps, late, self.masking)

        return Pages(plan.spans, direction, read)


_SHORT = 1_000
"""Offsets: below it a page's own bounds are enough."""
_UNKNOWN = Problem("unknown_topic_or_partition", "no such topic")


def _wanted(topic: Topic, request: Request) -> list[Partition]:
    numbers = request.partitions
    return [each for each in topic.partitions if numbers is None or each.partition in numbers]


def _missing(topic: Topic, request: Request) -> Iterable[Unread]:
    there = {each.partition for each in topic.partitions}
    problem = Problem("unknown_topic_or_partition", f"no such partition; the topic has {len(there)}")
    return (Unread(topic.name, number, problem) for number in sorted((request.partitions or set()) - there))


def continued(plan: Plan) -> Plan:
    """What comes after a plan's range: from its ends on."""
    return replace(plan, spans=tuple(Span(span.where, span.until, span.until) for span in plan.spans))
