"""Carries out what `read` asks for: connects, plans, chooses the shape, and ends with what failed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

import typer

from kafkatui.cli import connect, failures, interrupts, naming, report
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.flags import Where
from kafkatui.cli.kcat_format import compile_format
from kafkatui.cli.read_run import ReadRun
from kafkatui.cli.record_lines import (
    CsvLines,
    JsonDocument,
    Lines,
    NdjsonLines,
    RawLines,
    Shape,
    TableLines,
    raw_value,
)
from kafkatui.cli.searched import Searched
from kafkatui.filters import Filter, FilterError, Selection, compile_filter
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.partitioners import Partitioner
from kafkatui.kafka.search import Step
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.positions import AtTime, Range
from kafkatui.model.spans import Isolation, Span
from kafkatui.reading.late import needs_decoders
from kafkatui.reading.records import Records, continued
from kafkatui.reading.request import Plan, Request
from kafkatui.reading.shared import search_shared
from kafkatui.reading.side_process import SideProcess, share_of
from kafkatui.reading.topic_decoders import TopicDecoders, registry_of


@dataclass(frozen=True, slots=True)
class Job:
    """One command line, understood."""

    topics: tuple[str, ...]
    partitions: frozenset[int] | None
    range: Range
    isolation: Isolation
    last: int | None
    most: int | None
    follow: bool
    selection: Selection
    partitioner: Partitioner | None
    shape: Shape
    format: str | None
    headers: bool
    exact_csv: bool


def run(job: Job, where: Where) -> None:
    """Ends the command with its exit code. Raises Failure."""
    reading = _Reading(job, connect.needed_connection(where))
    try:
        reading.fork()
        interrupts.run(reading.read())
    except KeyboardInterrupt:
        reading.finish("interrupted")
        raise typer.Exit(Code.INTERRUPTED) from None
    except Unreachable as error:
        reading.finish("the cluster does not answer")
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
    finally:
        reading.close()
    report.finish(reading.finish(""))


class _Reading:
    """One run, and what is known of it at any moment it may end."""

    def __init__(self, job: Job, connection: Connection) -> None:
        """Raises Failure for what can not be understood; nothing is asked of the cluster before."""
        self._job = job
        self._connection = connection
        self._filter = _filter(job.selection)
        self._format = None if job.format is None else compile_format(job.format)
        self._decoders = TopicDecoders(connect.rules(), registry=registry_of(connection))
        self._masking = connect.masking(connection)
        self._failed: list[str] = []
        self._run: ReadRun | None = None
        self._side: SideProcess | None = None

    def fork(self) -> None:
        """Where it may pay, start a second process; there must be no loop yet."""
        job = self._job
        whole = job.last is None and not job.follow and job.selection != Selection()
        if whole and self._masking is None and hasattr(os, "fork") and (os.cpu_count() or 1) > 1:
            self._side = SideProcess.fork(share_of(self._filter, self._connection, job.isolation))

    def close(self) -> None:
        if self._side is not None:
            self._side.close()

    async def read(self) -> None:
        """Raises `Unreachable`."""
        job = self._job
        async with Cluster.open(self._connection) as cluster:
            topology = await connect.topology_of(cluster, job.topics)
            self._connection.check(topology.cluster_id)
            picked = naming.pick(job.topics, topology.topics, "topic")
            self._failed.extend(picked.missing)
            _tell_times(job.range)
            records = Records(cluster.nodes, masking=self._masking)
            plan = await records.plan(Request(picked.names, job.partitions, job.range, job.isolation), topology)
            unread = failures.sentences((each.name, each.problem) for each in plan.unread)
            self._failed.extend(unread)
            for each in unread if job.follow else ():
                say(f"not followed: {each}")
            await self._read(records, _by_key(plan, job), topology.cluster_id)

    async def _read(self, records: Records, plan: Plan, cluster_id: str | None) -> None:
        job = self._job
        searched = Searched(plan, "record" if job.selection == Selection() else "hit")
        lines = self._lines(searched, cluster_id, tuple(plan.partitions))
        decoded = await needs_decoders(records.older(plan), plan.partitions, self._decoders, self._filter.reads)
        chosen = compile_filter(job.selection, self._decoders.decode) if decoded else self._filter
        late = self._decoders if decoded else None
        run = self._run = ReadRun(searched, lines, chosen, self._decoders, job.most, late, self._masking)
        if job.last is not None:
            await run.newest(records.older(plan, run.wanted, run.late), job.last)
        elif not job.follow:
            await run.everything(self._search(records, plan, run))
        if job.follow:
            after = plan if job.last is None else continued(plan)
            await run.tail(records.follow(after, run.wanted, run.late))

    def _search(self, records: Records, plan: Plan, run: ReadRun) -> AsyncGenerator[Step, None]:
        side = self._side
        if side is None or run.late is not None:
            return records.search(plan, run.wanted, run.late)

        def search(spans: Sequence[Span]) -> AsyncGenerator[Step, None]:
            return records.search(replace(plan, spans=tuple(spans)), run.wanted)

        return search_shared(plan.spans, side, search)

    def _lines(self, searched: Searched, cluster_id: str | None, topics: Sequence[str]) -> Lines:
        terminal, job = report.on_terminal(), self._job
        if self._format is not None:
            return RawLines(self._format, terminal=terminal)
        match job.shape:
            case Shape.NDJSON:
                return NdjsonLines(self._decoders)
            case Shape.JSON:
                return JsonDocument(self._decoders, cluster_id, report.moment(time.time()), searched.document)
            case Shape.CSV:
                return CsvLines(headers=job.headers, terminal=terminal, exact=job.exact_csv)
            case Shape.RAW:
                return RawLines(raw_value, terminal=terminal)
        width = shutil.get_terminal_size().columns if terminal else None
        return TableLines(self._decoders, topics=topics, headers=job.headers, width=width)

    def finish(self, stopped: str) -> list[str]:
        """Say what was searched, `stopped` says why not all; what failed."""
        elsewhere = None if self._side is None else self._side.failed
        gaps = [] if self._run is None else self._run.finish(stopped, elsewhere)
        return list(dict.fromkeys([*self._failed, *(f"{gap.where} was not read completely" for gap in gaps)]))


def _filter(selection: Selection) -> Filter:
    try:
        return compile_filter(selection)
    except FilterError as error:
        raise Failure(Code.USAGE, str(error)) from None


def _tell_times(range_: Range) -> None:
    """What a person wrote as `-30m` or without a zone, as the moment it was understood as."""
    if isinstance(range_.first, AtTime) or isinstance(range_.until, AtTime):
        say(f"from {range_.first} to {range_.until}")


def _by_key(plan: Plan, job: Job) -> Plan:
    """Only the partition where the key lies, if a partitioner is assumed; that is said."""
    key, partitioner = job.selection.key, job.partitioner
    if key is None or partitioner is None:
        return plan
    raw = key.encode("utf-8", "surrogateescape")
    chosen = {topic: partitioner.place(raw, count) for topic, count in plan.partitions.items() if count}
    for topic, number in chosen.items():
        say(f"{topic}: only partition {number} is read, assuming that {partitioner} put the key there")
    return replace(plan, spans=tuple(span for span in plan.spans if chosen[span.where.topic] == span.where.partition))
