"""The tables of a replay as columns and rows: what is chosen, the plan, the proof, the jobs, their runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kafkatui.columns import cells
from kafkatui.columns.cells import SKELETON, Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.partitioning import PartitionBy
from kafkatui.replay.jobs import Job
from kafkatui.replay.plan import Plan
from kafkatui.replay.progress import Progress, State
from kafkatui.replay.spec import Spec
from kafkatui.replay.verification import ANY, Sum, Verified
from kafkatui.replay.words import place_words
from kafkatui.tui.replays.draft import Part
from kafkatui.undo.journal import Entry, Result

WAYS = {PartitionBy.KEY: "by key, murmur2", PartitionBy.KEY_CRC32: "by key, crc32", PartitionBy.ROUND_ROBIN: "in turn"}


def _offset(offset: int) -> Cell:
    return cells.number(offset)


def _estimated(count: int, is_exact: bool) -> Cell:
    made = cells.number(count)
    return made if is_exact else made._replace(text=f"~{made.text}")


def _chosen(part: Part) -> Cell:
    if part.records is None:
        return Cell(SKELETON, Tone.MUTED, reason="the plan counts what the filter finds")
    return _estimated(part.records, part.is_exact)


CHOSEN: tuple[Column[Part], ...] = (
    Column("partition", "from", lambda part: cells.text(str(part.where)), width=20),
    Column("first", "first", lambda part: _offset(part.first), rank=1, right=True, width=9),
    Column("last", "last", lambda part: _last(part.first, part.until), rank=1, right=True, width=9),
    Column("records", "records", _chosen, right=True, width=9),
)


def _last(first: int, until: int) -> Cell:
    return _offset(until - 1) if until > first else Cell(cells.NOTHING, Tone.MUTED)


@dataclass(frozen=True, slots=True)
class Way:
    """From one partition to where its records go."""

    where: TopicPartition
    first: int
    until: int
    records: int
    is_exact: bool
    to: str
    sent: int | None = None
    """Of a job that has run: committed so far."""
    next: int | None = None
    source: str = ""
    """In words, where that is no partition."""

    @property
    def name(self) -> str:
        return self.source or str(self.where)


def ways_of(plan: Plan) -> Iterator[Way]:
    spec, selected = plan.spec, plan.seen.selected
    for span in spec.spans:
        count = span.until - span.first if selected is None else selected.get(span.where, 0)
        yield Way(span.where, span.first, span.until, count, selected is not None, to_words(spec, span.where))


def ways_left(spec: Spec, progress: Progress | None) -> Iterator[Way]:
    """The same of a job."""
    for span in spec.spans:
        sent = None if progress is None else progress.sent.get(span.where, 0)
        position = None if progress is None else progress.position(span.where)
        left = span.until - (span.first if position is None else position)
        to, source = to_words(spec, span.where), place_words(spec, span.where)
        yield Way(span.where, span.first, span.until, left, False, to, sent, position, source)


def to_words(spec: Spec, where: TopicPartition) -> str:
    """Where the records of a partition go."""
    if spec.redrive is not None:
        return spec.goes_to
    if spec.partition_by is PartitionBy.SAME:
        is_whole = spec.to_file or spec.is_file
        return spec.target.topic if is_whole else str(TopicPartition(spec.target.topic, where.partition))
    return f"{spec.target.topic} {WAYS[spec.partition_by]}"


def _records(way: Way) -> Cell:
    return _estimated(way.records, way.is_exact)


PLAN: tuple[Column[Way], ...] = (
    Column("partition", "from", lambda way: cells.text(str(way.where)), width=20),
    Column("first", "first", lambda way: _offset(way.first), rank=1, right=True, width=9),
    Column("last", "last", lambda way: _last(way.first, way.until), rank=1, right=True, width=9),
    Column("records", "records", _records, right=True, width=9),
    Column("to", "to", lambda way: cells.text(f"→ {way.to}"), width=20),
)
LEFT: tuple[Column[Way], ...] = (
    Column("partition", "from", lambda way: cells.text(way.name), width=20, help="A partition of the source."),
    Column("first", "first", lambda way: _offset(way.first), rank=2, right=True, width=9, help="Its first offset."),
    Column("last", "last", lambda way: _last(way.first, way.until), rank=1, right=True, width=9, help="Its last."),
    Column(
        "next", "next", lambda way: cells.reading(way.next), rank=1, right=True, width=9,
        help="The offset the job goes on from; what lies before it is done.",
    ),
    Column(
        "sent", "sent", lambda way: cells.reading(way.sent), right=True, width=9,
        help="Records that are committed in the target, each once.",
    ),
    Column("to", "to", lambda way: cells.text(f"→ {way.to}"), width=20, help="Where its records go."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """What was chosen for a partition of the target beside what lies there."""

    where: TopicPartition
    wanted: Sum
    found: Sum

    @property
    def is_equal(self) -> bool:
        return self.wanted == self.found


def compared(verified: Verified) -> Iterator[Compared]:
    nothing = Sum()
    for where in sorted(verified.wanted.keys() | verified.found.keys()):
        yield Compared(where, verified.wanted.get(where, nothing), verified.found.get(where, nothing))


def _checksum(each: Sum) -> Cell:
    return cells.text(f"{each.checksum:016x}", Tone.MUTED)


def _sign(row: Compared) -> Cell:
    return cells.text("●", Tone.OK) if row.is_equal else cells.text("✖", Tone.BAD, f"{row.where}: they differ")


def _verdict(row: Compared) -> Cell:
    return cells.text("equal", Tone.OK) if row.is_equal else cells.text("DIFFERENT", Tone.BAD)


def _name(row: Compared) -> Cell:
    return cells.text(f"{row.where.topic}, in turn" if row.where.partition == ANY else str(row.where))


PROOF: tuple[Column[Compared], ...] = (
    Column("sign", "", _sign, width=1),
    Column("partition", "target", _name, width=10),
    Column("chosen", "chosen", lambda row: cells.number(row.wanted.records), right=True, width=7),
    Column("wanted", "checksum", lambda row: _checksum(row.wanted), rank=1, width=16),
    Column("copied", "copied", lambda row: cells.number(row.found.records), right=True, width=7),
    Column("found", "checksum", lambda row: _checksum(row.found), rank=1, width=16),
    Column("equal", "", _verdict, rank=2, width=9),
)


@dataclass(frozen=True, slots=True)
class Back:
    """A partition that dead letters go back to."""

    where: TopicPartition
    records: int


BACK: tuple[Column[Back], ...] = (
    Column("partition", "back to", lambda row: cells.text(f"→ {row.where}"), width=24),
    Column("records", "records", lambda row: cells.number(row.records), right=True, width=9),
)

# Jobs


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it was written down, and how its run in this app is."""

    job: Job
    state: State | None = None
    is_here: bool = False
    """It runs in this app."""


_TONES = {"running": Tone.OK, "done": Tone.NORMAL, "planned": Tone.MUTED, "stopped": Tone.WARN, "killed": Tone.BAD}


def phase_of(row: JobRow) -> str:
    if row.is_here:
        return "paused" if row.state is not None and row.state.paused else "running"
    return row.job.shown_phase


def _phase(row: JobRow) -> Cell:
    word = phase_of(row)
    share = f" {row.state.share:.0%}" if row.is_here and row.state is not None else ""
    return cells.text(f"{word}{share}", _TONES.get(word, Tone.WARN))


def _done(row: JobRow) -> Cell:
    return cells.number(row.job.records if row.state is None else row.state.records)


def why(row: JobRow) -> str:
    """Why it is not done, or what it left out."""
    job, state = row.job, row.state
    if row.is_here and state is not None:
        return "" if state.waiting is None else f"waits: {state.waiting.text}"
    if job.shown_phase == "killed":
        return "its process was killed; what it had committed counts"
    said = [job.problem] if job.problem else []
    if job.skipped:
        said.append(f"refused and left out: {len(job.skipped)}")
    if job.lost:
        said.append(f"ranges passed over: {len(job.lost)}")
    return "; ".join(said)


def _why(row: JobRow) -> Cell:
    return _said(why(row))


JOBS: tuple[Column[JobRow], ...] = (
    Column("job", "job", lambda row: cells.text(row.job.spec.job), width=20, help="Its name."),
    Column(
        "phase", "phase", _phase, width=12,
        help="running, done, stopped (it can be resumed), or killed: its process is gone, and it can be resumed.",
    ),
    Column("source", "from", lambda row: cells.text(row.job.spec.source), rank=2, width=16, help="The source topic."),
    Column(
        "target", "to", lambda row: cells.text(f"→ {row.job.spec.goes_to}"), rank=1, width=16,
        help="The topic that gets the copies.",
    ),
    Column("records", "records", _done, right=True, width=9, help="Committed in the target when it was last looked."),
    Column(
        "created", "created (UTC)", lambda row: cells.text(row.job.created[:16].replace("T", " "), Tone.MUTED), rank=3,
        width=16, help="When it was planned.",
    ),
    Column("problem", "", _why, rank=4, width=20, help="Why it stopped, and what it left out."),
)  # fmt: skip


def _result(entry: Entry) -> Cell:
    if entry.result is None:
        return cells.text("running", Tone.OK) if entry.is_running else cells.text("killed", Tone.BAD)
    tones = {Result.OK: Tone.OK, Result.CANCELLED: Tone.WARN}
    word = "stopped" if entry.result is Result.CANCELLED else entry.result.value
    return cells.text(word, tones.get(entry.result, Tone.BAD))


def _said(text: str | None) -> Cell:
    return cells.text(text, Tone.WARN, text) if text else Cell("")


def _sent(entry: Entry) -> Cell:
    return cells.reading(entry.counts.get("records"))


RUNS: tuple[Column[Entry], ...] = (
    Column("at", "run (UTC)", lambda entry: cells.text(entry.at[:19].replace("T", " ")), width=19),
    Column("who", "by", lambda entry: cells.text(entry.who, Tone.MUTED), rank=2, width=20),
    Column("result", "result", _result, width=10),
    Column("records", "sent", _sent, right=True, width=9),
    Column("problem", "", lambda entry: _said(entry.problem), rank=1, width=30),
)


@dataclass(frozen=True, slots=True)
class Left:
    """A record that was left out, or a range that was passed over."""

    name: str
    why: str


def left_out(job: Job) -> Sequence[Left]:
    skipped = [Left(f"{topic}-{number}@{offset}", reason) for topic, number, offset, reason in job.skipped]
    lost = [Left(f"{job.spec.source}-{each[0]}@{each[1]}-{each[2] - 1}", each[3]) for each in job.lost]
    return [*skipped, *lost]


LEFT_OUT: tuple[Column[Left], ...] = (
    Column("name", "left out", lambda each: cells.text(each.name), width=24),
    Column("why", "", lambda each: cells.text(each.why, Tone.WARN), rank=1, width=40),
)
