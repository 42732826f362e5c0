"""Carries out `dlq` and `dlq TOPIC`: finds the topics, reads them, groups by cause, and says what was read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import typer

from kafkatui.cli import connect, failures, interrupts, letter_documents, naming, report
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.flags import Where
from kafkatui.cli.letters_job import Job
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.cli.searched import Searched
from kafkatui.dead_letters.causes import Causes
from kafkatui.dead_letters.finding import Finding, Found, find
from kafkatui.dead_letters.masked import masked_letters
from kafkatui.dead_letters.recognise import LIMITS, Recogniser
from kafkatui.dead_letters.topic_names import Kind
from kafkatui.kafka.cluster import Cluster
from kafkatui.model.cluster import Topology
from kafkatui.model.connection import Connection
from kafkatui.model.counted import counted
from kafkatui.model.errors import Unreachable
from kafkatui.model.positions import AtTime
from kafkatui.model.records import Record
from kafkatui.reading.records import Records
from kafkatui.reading.request import Plan, Request, Unread

_PAGE = 1_000
"""Records of one page while the newest are read."""


@dataclass(slots=True)
class TopicCauses:
    """One topic, and why its dead letters are there, as far as it was read."""

    topic: str
    searched: Searched
    causes: Causes = field(default_factory=Causes)
    read: int = 0
    """Records, whether they are dead letters or not."""
    dialects: Counter[str] = field(default_factory=Counter)
    """How many of each."""

    @property
    def dialect(self) -> str | None:
        """Of most of them."""
        return self.dialects.most_common(1)[0][0] if self.dialects else None

    @property
    def others(self) -> int:
        """Records that no known dialect tells of."""
        return self.read - self.causes.letters


def run(job: Job, where: Where) -> None:
    """Ends the command with its exit code. Raises Failure."""
    reading = _Reading(job, connect.needed_connection(where))
    try:
        interrupts.run(reading.read())
    except KeyboardInterrupt:
        reading.finish("interrupted")
        raise typer.Exit(Code.INTERRUPTED) from None
    except Unreachable as error:
        reading.finish("the cluster does not answer")
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
    report.finish(reading.finish(""))


class _Reading:
    """One run, and what is known of it at any moment it may end."""

    def __init__(self, job: Job, connection: Connection) -> None:
        self._job = job
        self._connection = connection
        self._recogniser = Recogniser(connect.letter_rules())
        self._masking = connect.masking(connection)
        self._failed: list[str] = []
        self._cluster_id: str | None = None
        self._at = time.time()
        self._finding: Finding | None = None
        self._topics: list[TopicCauses] = []
        self._began = False

    async def read(self) -> None:
        """Raises `Unreachable`."""
        job = self._job
        async with Cluster.open(self._connection) as cluster:
            topology = await connect.topology_of(cluster, self._job.topics)
            self._connection.check(topology.cluster_id)
            self._cluster_id = topology.cluster_id
            records = Records(cluster.nodes)
            if job.topics:
                names = self._picked(topology)
            else:
                self._finding = await find(records, topology, self._recogniser)
                self._unread(self._finding.unread)
                names = [each.topic for each in self._finding.found if each.kind is Kind.DEAD_LETTERS]
            self._began = True
            tell_times(job)
            for name in names:
                await self._read(records, topology, name)

    def _picked(self, topology: Topology) -> Sequence[str]:
        picked = naming.pick(self._job.topics, topology.topics, "topic")
        self._failed.extend(picked.missing)
        return picked.names

    def _unread(self, unread: Iterable[Unread]) -> None:
        self._failed.extend(failures.sentences((each.name, each.problem) for each in unread))

    async def _read(self, records: Records, topology: Topology, name: str) -> None:
        plan = await records.plan(Request((name,), self._job.partitions, self._job.range), topology)
        if self._finding is None:
            self._unread(plan.unread)
        found = TopicCauses(name, Searched(plan, "record"))
        self._topics.append(found)
        line = ProgressLine(found.searched.progress)
        try:
            async with aclosing(steps(records, plan, found.searched, self._job.last)) as pages:
                async for page in pages:
                    await self._take(found, page)
                    line.draw()
        finally:
            line.clear()

    async def _take(self, found: TopicCauses, page: Sequence[Record]) -> None:
        found.read += len(page)
        letters = list(filter(None, map(self._recogniser.read, page)))
        for letter in await masked_letters(letters, self._masking, self._recogniser):
            found.causes.add(letter)
            found.dialects[letter.dialect.name] += 1

    def finish(self, stopped: str) -> list[str]:
        """Print what was found and say what was read; `stopped` says why not all. What failed."""
        if self._began:
            self._print()
        gaps = []
        for each in self._topics:
            for sentence in sentences(each.searched, self._job.last, stopped):
                say(sentence)
            gaps += each.searched.failures()
            self._remark(each)
        if self._finding is not None:
            _tell_finding(self._finding)
        return list(dict.fromkeys([*self._failed, *(f"{gap.where} was not read completely" for gap in gaps)]))

    def _print(self) -> None:
        listed = self._rows()
        report.emit(letter_documents.report_of(self._cluster_id, self._at, listed, self._finding), self._job.printing)

    def _rows(self) -> list[tuple[Found | None, TopicCauses | None]]:
        if self._finding is None:
            return [(None, each) for each in self._topics]
        read = {each.topic: each for each in self._topics}
        return [(each, read.get(each.topic)) for each in self._finding.found]

    def _remark(self, topic: TopicCauses) -> None:
        if topic.causes.beyond:
            many = counted(topic.causes.beyond, "dead letter")
            say(f"{topic.topic}: {many} of further causes are not listed: {len(topic.causes)} are kept apart")
        if topic.read and not topic.causes.letters:
            how = f'[dead_letters."{topic.topic}"] in the config file can name the headers that tell'
            say(f"{topic.topic}: no record tells of a failure in a known way; {how}")
        elif topic.others:
            say(f"{topic.topic}: {counted(topic.others, 'record')} tell of no failure in a known way")


def _tell_finding(finding: Finding) -> None:
    if not finding.found:
        say("no topic holds dead letters, by its name or by the headers of its newest records")
    if finding.passed_over:
        many = counted(len(finding.passed_over), "topic")
        say(f"{many} were not looked into, because there is too much to read; name one to read it")


async def steps(
    records: Records, plan: Plan, searched: Searched, last: int | None
) -> AsyncGenerator[Sequence[Record], None]:
    """The records of a plan, page by page; only its newest `last` if that is given, newest first."""
    if last is None:
        async with aclosing(records.search(plan, limits=LIMITS)) as found:
            async for step in found:
                if step.waiting is None:
                    searched.take(step, len(step.found))
                    yield step.found
        return
    searched.look_back(last)
    pages, left = records.older(plan), last
    while left:
        page = await pages.more(min(left, _PAGE))
        left -= len(page.records)
        searched.take_page(pages.covered, page.gaps, page.looked, last - left)
        searched.count(page.records)
        yield page.records
        if page.is_last:
            return


def sentences(searched: Searched, last: int | None, stopped: str) -> Iterable[str]:
    for sentence in searched.sentences(stopped, enough=False):
        yield sentence if last is None else f"{sentence} (the newest {last})"


def tell_times(job: Job) -> None:
    """What a person wrote as `-30m` or without a zone, as the moment it was understood as."""
    if isinstance(job.range.first, AtTime) or isinstance(job.range.until, AtTime):
        say(f"from {job.range.first} to {job.range.until}")
