"""Carries out `dlq show`: reads the newest dead letters, of one cause if one is named, and their origins if wanted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing

import typer

from kafkatui.cli import connect, failures, interrupts, letter_lines, naming, report
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.flags import Output, Where
from kafkatui.cli.letters_job import Job
from kafkatui.cli.letters_read import sentences, steps, tell_times
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.cli.searched import Searched
from kafkatui.dead_letters.causes import ID_LENGTH, Causes, cause_of, key_of
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.masked import masked_letters, masked_origins
from kafkatui.dead_letters.origin import LOST, Fetched, fetch_origins
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.kafka.cluster import Cluster
from kafkatui.model.cluster import Topology
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.records import Place, Record
from kafkatui.reading.records import Records
from kafkatui.reading.request import Plan, Request
from kafkatui.reading.topic_decoders import TopicDecoders, registry_of

_PAGE = 1_000


def run(job: Job, where: Where) -> None:
    """Ends the command with its exit code. Raises Failure."""
    showing = _Showing(job, connect.needed_connection(where))
    try:
        interrupts.run(showing.read())
    except KeyboardInterrupt:
        showing.tell("interrupted")
        raise typer.Exit(Code.INTERRUPTED) from None
    except Unreachable as error:
        showing.tell("the cluster does not answer")
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
    report.write(showing.lines())
    report.finish(showing.tell(""))


class _Showing:
    """One run, and what is known of it at any moment it may end."""

    def __init__(self, job: Job, connection: Connection) -> None:
        self._job = job
        self._connection = connection
        self._recogniser = Recogniser(connect.letter_rules())
        self._decoders = TopicDecoders(connect.rules(), registry=registry_of(connection))
        self._masking = connect.masking(connection)
        self._cluster_id: str | None = None
        self._at = time.time()
        self._failed: list[str] = []
        self._searched: list[Searched] = []
        self._letters: list[DeadLetter] = []
        self._origins: Mapping[Place, Fetched] | None = None

    async def read(self) -> None:
        """Raises `Unreachable`, Failure."""
        job = self._job
        async with Cluster.open(self._connection) as cluster:
            topology = await connect.topology_of(cluster, job.topics)
            self._connection.check(topology.cluster_id)
            self._cluster_id = topology.cluster_id
            picked = naming.pick(job.topics, topology.topics, "topic")
            self._failed.extend(picked.missing)
            tell_times(job)
            records = Records(cluster.nodes)
            for name in picked.names:
                await self._read(records, topology, name)
            if job.cause is not None and not self._letters and picked.names:
                self._failed.append(f"no dead letter of cause {job.cause} was found")
            if job.origin:
                origins = await fetch_origins(cluster.nodes, self._letters, topology)
                self._origins = await masked_origins(origins, self._masking)
                self._failed.extend(_unreadable(self._origins))
            await self._decoders.prepare(list(self._records()))

    def _records(self) -> Iterator[Record]:
        yield from (letter.record for letter in self._letters)
        yield from (each for each in (self._origins or {}).values() if isinstance(each, Record))

    async def _read(self, records: Records, topology: Topology, name: str) -> None:
        plan = await records.plan(Request((name,), self._job.partitions, self._job.range), topology)
        self._failed.extend(failures.sentences((each.name, each.problem) for each in plan.unread))
        wanted = await self._cause(records, plan)
        searched = Searched(plan, "dead letter")
        self._searched.append(searched)
        newest = await self._newest(records, plan, searched, wanted)
        self._letters.extend(await masked_letters(newest[::-1], self._masking, self._recogniser))

    async def _cause(self, records: Records, plan: Plan) -> str | None:
        """The whole id of the cause that is meant: a number or the beginning of an id needs all causes first."""
        wanted = self._job.cause
        if wanted is None or len(wanted) == ID_LENGTH:
            return wanted
        causes = Causes()
        searched = Searched(plan, "record")
        line = ProgressLine(searched.progress)
        try:
            async with aclosing(steps(records, plan, searched, self._job.last)) as pages:
                async for page in pages:
                    causes.take(filter(None, map(self._recogniser.read, page)))
                    line.draw()
        finally:
            line.clear()
        found = causes.find(wanted)
        # None of this topic: nothing has an empty id.
        return "" if found is None else found.id

    async def _newest(self, records: Records, plan: Plan, searched: Searched, wanted: str | None) -> list[DeadLetter]:
        """Newest first, until there are enough or the range is read."""
        found: list[DeadLetter] = []
        searched.look_back(self._job.most)
        pages, left = records.older(plan), self._job.last
        line = ProgressLine(searched.progress)
        while len(found) < self._job.most and left != 0:
            page = await pages.more(_PAGE if left is None else min(left, _PAGE))
            left = None if left is None else left - len(page.records)
            letters = filter(None, map(self._recogniser.read, page.records))
            fitting = (each for each in letters if wanted is None or key_of(each).id == wanted)
            found.extend(fitting)
            searched.take_page(pages.covered, page.gaps, page.looked, min(len(found), self._job.most))
            line.draw()
            if page.is_last:
                break
        line.clear()
        found = found[: self._job.most]
        searched.count(letter.record for letter in found)
        return found

    def lines(self) -> Iterable[str]:
        shown = [letter_lines.Shown(letter, cause_of(letter), self._origin(letter)) for letter in self._letters]
        match self._job.printing.format:
            case Output.NDJSON:
                return letter_lines.ndjson(shown, self._decoders)
            case Output.JSON:
                head = {"cluster_id": self._cluster_id, "at": report.moment(self._at)}
                return letter_lines.json_document(shown, self._decoders, head, self._searched)
            case Output.CSV:
                printing = self._job.printing
                return letter_lines.csv_lines(shown, headers=not printing.no_headers, exact=printing.exact_csv)
        return letter_lines.text(shown, self._decoders, full=self._job.full)

    def _origin(self, letter: DeadLetter) -> Fetched | None:
        return None if self._origins is None else self._origins[letter.place]

    def tell(self, stopped: str) -> list[str]:
        """Say what was read; what failed."""
        gaps = []
        for each in self._searched:
            for sentence in sentences(each, None, stopped):
                say(sentence)
            gaps += each.failures()
        return list(dict.fromkeys([*self._failed, *(f"{gap.where} was not read completely" for gap in gaps)]))


def _unreadable(origins: Mapping[Place, Fetched]) -> Sequence[str]:
    """Of an origin that is gone the reason is shown; what could not be read is a failure too."""
    problems = ((place, each) for place, each in origins.items() if isinstance(each, Problem))
    failed = ((f"origin of {place}", problem) for place, problem in problems if problem.code not in LOST)
    return failures.sentences(failed)
