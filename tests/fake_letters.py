"""Dead letters in memory that answer as `dead_letters.desk` does, for the screen. What is found is worked out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

from kafkatui.dead_letters.back_plan import Asked, BackPlan, spec_of
from kafkatui.dead_letters.causes import key_of
from kafkatui.dead_letters.finding import Finding, Found
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.look import MOST, Look
from kafkatui.dead_letters.masked import masked_origins
from kafkatui.dead_letters.origin import Fetched
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redrive import LeftOut, Redrive
from kafkatui.dead_letters.redrive import plan as redrive
from kafkatui.dead_letters.redriving import Survey
from kafkatui.dead_letters.topic_names import Kind, kind_of_name
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Place, Record
from kafkatui.model.spans import Gap
from kafkatui.reading.masking import Masking
from kafkatui.reading.pages import Page, Pages
from kafkatui.reading.request import Request
from kafkatui.replay.jobs import Job
from tests.builders import AT
from tests.dead_letters import APP, SPRING_HEADERS, TRACE
from tests.fake_records import FakeRecords

GONE = Problem("deleted", "deleted by retention or by request: the log starts at 900")
ILLEGAL = b"java.lang.IllegalStateException"
TIMEOUT = b"java.net.SocketTimeoutException"


def a_failure(
    number: int,
    exception: bytes = ILLEGAL,
    message: bytes | None = None,
    topic: str = "payments-dlt",
    trace: bytes = TRACE,
    app: tuple[Header, ...] = APP,
    value: bytes | None = None,
) -> Record:
    """The how-manieth of the topic, as Spring writes it: from `payments`, partition 3, an id in its message."""
    message = b"order %d has no funds" % number if message is None else message
    changed = {
        "kafka_dlt-exception-cause-fqcn": exception,
        "kafka_dlt-exception-message": message,
        "kafka_dlt-exception-stacktrace": trace,
        "kafka_dlt-original-offset": (1_000 + number).to_bytes(8, "big"),
    }
    headers = (*app, *((name, changed.get(name, raw)) for name, raw in SPRING_HEADERS[len(APP) :]))
    stored = b'{"order":%d,"amount":5,"currency":"EUR"}' % number if value is None else value
    moment = round((AT - 7_200) * 1000) + number * 60_000
    return Record(topic, number % 3, number // 3, moment, b"o-%d" % number, stored, headers)


def the_origin(record: Record, number: int, **changes: object) -> Record:
    """Of a letter of `a_failure`, as it was before it failed."""
    made = Record("payments", 3, 1_000 + number, record.timestamp_ms - 4_000, record.key, record.value, APP)
    return made._replace(**changes)  # type: ignore[arg-type]


def some_failures(count: int = 40) -> list[Record]:
    """Of two causes, one of them three times as frequent."""
    return [a_failure(n, TIMEOUT if n % 4 == 1 else ILLEGAL) for n in range(count)]


class FakeLetters:
    """Set `problem` and nothing answers. `there` holds origins by their offset; what it does not hold is `GONE`."""

    def __init__(
        self,
        records: Iterable[Record] = (),
        gaps: Iterable[Gap] = (),
        others: Sequence[Found] = (),
        masking: Masking | None = None,
    ) -> None:
        self._masking = masking
        self.records = FakeRecords(records, gaps)
        self.there: dict[int, Record] = {}
        self.others = others
        self.problem: Problem | None = None
        self.turn = asyncio.Event()
        """Each page waits for it."""
        self.turn.set()
        self.asked: list[str] = []
        self.fetched: list[Place] = []
        self.planned: list[Asked] = []
        self.partitions = {"payments": 4}
        """Of the topics that letters may go back to."""
        self.most = MOST
        self._recogniser = Recogniser()

    @asynccontextmanager
    async def __call__(self, connection: Connection) -> AsyncIterator[FakeLetters]:
        self._ask()
        yield self

    def _ask(self) -> None:
        if self.problem is not None:
            raise Unreachable(self.problem)

    async def find(self) -> Finding:
        self._ask()
        by_topic: dict[str, list[Record]] = defaultdict(list)
        for where, log in self.records.logs.items():
            by_topic[where.topic] += log
        found = [_found(name, log, self._recogniser) for name, log in sorted(by_topic.items())]
        return Finding((*found, *self.others), len(by_topic) + 5, (), ())

    async def look(self, topic: str, most: int = MOST, *, keep: bool = True) -> Look:
        self._ask()
        self.asked.append(topic)
        plan = await self.records.plan(Request((topic,)))
        pages = _Waiting(self.records.older(plan), self)
        most = min(most, self.most)
        return Look(plan, pages, self._recogniser, most, keep=keep, masking=self._masking)

    async def origins(self, letters: Sequence[DeadLetter]) -> Mapping[Place, Fetched]:
        self._ask()
        self.fetched += [letter.place for letter in letters]
        return await masked_origins({letter.place: self._origin(letter) for letter in letters}, self._masking)

    async def plan_back(self, asked: Asked, counted: Callable[[int, int, int], None]) -> BackPlan:
        self._ask()
        self.planned.append(asked)
        counted(30, 60, 12)
        await self.turn.wait()
        plan = await self.records.plan(Request((asked.topic,)))
        settings = Redrive(asked.job, self.partitions)
        found, ends = Survey(), dict[str, dict[int, int]]()
        for each in redrive(self._chosen(asked), settings):
            if isinstance(each, LeftOut):
                found.left_out[each.problem.code] += 1
                found.examples.setdefault(each.problem.code, (each.letter.place, each.problem))
            else:
                found.sends[TopicPartition(each.record.topic, each.record.partition or 0)] += 1
                ends[each.record.topic] = {}
        spec = spec_of(asked, "q3xKzW0gRv2mB7aTfN1yLw", "id-1", plan.spans)
        return BackPlan(Job(spec, "2026-11-25T14:58:00.000Z", ("localhost:9092",), "dev", ends), found)

    def _chosen(self, asked: Asked) -> Iterator[DeadLetter]:
        for where, log in self.records.logs.items():
            for record in log if where.topic == asked.topic else ():
                letter = self._recogniser.read(record)
                if letter is not None and (not asked.redrive.causes or key_of(letter).id in asked.redrive.causes):
                    yield letter

    def _origin(self, letter: DeadLetter) -> Fetched:
        place = letter.last_origin.place
        return place if isinstance(place, Problem) else self.there.get(place.offset, GONE)


class _Waiting:
    def __init__(self, pages: Pages, fake: FakeLetters) -> None:
        self._pages, self._fake = pages, fake

    async def more(self, count: int) -> Page:
        await self._fake.turn.wait()
        self._fake._ask()
        return await self._pages.more(count)


def _found(name: str, log: Sequence[Record], recogniser: Recogniser) -> Found:
    letters = [letter for record in log if (letter := recogniser.read(record)) is not None]
    dialect = letters[0].dialect if letters else None
    newest = max(record.timestamp_ms for record in log)
    by_name = kind_of_name(name) is Kind.DEAD_LETTERS
    return Found(name, Kind.DEAD_LETTERS, by_name, bool(letters), dialect, len(log), newest)


_MESSAGES = (
    (ILLEGAL, "order %d can not be billed: customer c-%d has no funds"),
    (ILLEGAL, "order %d can not be billed: customer c-%d has no funds"),
    (TIMEOUT, "POST https://bank.example/charge/%d did not answer in %d ms"),
    (b"com.fasterxml.jackson.databind.exc.InvalidFormatException", 'Cannot deserialize "%d": not one of %d currencies'),
)


def some_letters() -> FakeLetters:
    """Two topics; `payments-dlt` has three causes, and of every other letter the origin is there, at times changed."""
    records = []
    for number in range(60):
        exception, words = _MESSAGES[number % len(_MESSAGES)] if number > 20 else _MESSAGES[number % 2]
        trace = exception + b": it failed\n" + b"".join(
            b"\tat com.example.billing.Step%d.run(Step%d.java:%d)\n" % (n, n, 40 + n) for n in range(14)
        )  # fmt: skip
        value = b'{"order":%d,"amount":%d,"currency":"EUR","customer":{"id":"c-%d","country":"DE"}}' % (
            number, 5 + number, number % 9,
        )  # fmt: skip
        records.append(a_failure(number, exception, (words % (number, number % 9)).encode(), trace=trace, value=value))
    letters = FakeLetters([*records, *(a_failure(n, topic="orders.DLT") for n in range(3))])
    for number, record in enumerate(records):
        if number % 2 == 0 and record.value is not None:
            before = record.value.replace(b'"EUR"', b'"USD"') if number % 4 == 0 else record.value
            letters.there[1_000 + number] = the_origin(record, number, value=before)
    return letters
