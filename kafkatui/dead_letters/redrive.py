"""What would be sent back of dead letters, and what would not, and why. Pure planning: nothing is read or sent here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kafkatui.dead_letters.letter import DeadLetter, Origin
from kafkatui.dead_letters.origin import LOST, Fetched
from kafkatui.dead_letters.topic_names import Kind, kind_of_name
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, NewRecord, Place, Record
from kafkatui.replay.stamps import STAMPS, attempt_of, stamps

LIMIT = 3
"""How often a record may be sent to its consumers, the first time included, before it is left alone."""


@dataclass(frozen=True, slots=True)
class Redrive:
    """How dead letters are to be sent back."""

    job: str
    """Stamped on every record."""
    partitions: Mapping[str, int]
    """How many partitions each topic of the target cluster has. No topic is made by sending to it."""
    to: str | None = None
    """One topic for all; None: each to the topic it came from."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Another topic for those that came from one; it goes before `to`."""
    dead_letter_topics: Collection[str] = ()
    """Never sent to, besides those whose name says so."""
    sent_already: Collection[Place] = ()
    """Dead letters that were sent back before, as the journal of replays knows: the `sources` of each `Send`."""
    limit: int = LIMIT
    keep_headers: bool = False
    """Keep what the dialects wrote, whole; else it is taken out, whole."""
    keep_timestamps: bool = False
    """Those of the origin where they are known; else the moment of sending, so that no retention deletes it at once."""
    force: bool = False
    """Also what was sent back before, and what reached the limit."""


@dataclass(frozen=True, slots=True)
class Send:
    """A record to be sent, for one dead letter."""

    letter: DeadLetter
    record: NewRecord
    """Its partition is None where it is to be chosen by its key."""
    attempt: int
    """The how-manieth time it is sent to its consumers: 2 when it is sent back for the first time."""
    remarks: tuple[str, ...] = ()
    """What is not as it was, one sentence each."""

    @property
    def sources(self) -> tuple[Place, ...]:
        """What `Redrive.sent_already` is to hold once it is sent: a record that is pointed at may be so again."""
        return _sources(self.letter)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A dead letter that is not sent back, and why."""

    letter: DeadLetter
    problem: Problem


Planned: TypeAlias = Send | LeftOut


def plan(
    letters: Iterable[DeadLetter],
    redrive: Redrive,
    origins: Mapping[Place, Fetched] | None = None,
    named: dict[Place, Place] | None = None,
) -> Iterator[Planned]:
    """One for each letter, in their order. `origins`: what `origin.fetch_origins` gave, by place of the dead letter.

    It is needed for dead letters that are pointers (KIP-1191) and for whatever else a share group gave up, because
    headers are never copied there. The same record named by two pointers is sent once; `named` remembers them from
    one call to the next: the origin, and the first dead letter that names it.
    """
    named = {} if named is None else named
    for letter in letters:
        planned = _planned(letter, redrive, origins or {})
        for origin in _sources(letter)[1:] if _is_sent(planned) else ():
            first = named.setdefault(origin, letter.place)
            if first != letter.place:
                planned = LeftOut(letter, Problem("duplicate", f"the same record as {first} names"))
        yield planned


def _sources(letter: DeadLetter) -> tuple[Place, ...]:
    origin = letter.last_origin.place
    return (letter.place, origin) if letter.dialect.is_pointer and isinstance(origin, Place) else (letter.place,)


def _is_sent(planned: Planned) -> bool:
    """Now or before."""
    return isinstance(planned, Send) or planned.problem.code == "already_replayed"


def chains(mapping: Mapping[str, str]) -> tuple[str, ...]:
    """The topics of a mapping that are sent on from where something else is sent to: A to B, and B to C."""
    return tuple(sorted({to for source, to in mapping.items() if to in mapping and to != source}))


def _planned(letter: DeadLetter, redrive: Redrive, origins: Mapping[Place, Fetched]) -> Planned:
    if not redrive.force and any(source in redrive.sent_already for source in _sources(letter)):
        return LeftOut(letter, Problem("already_replayed", "it was sent back before"))
    topic = _target(letter, redrive)
    if isinstance(topic, Problem):
        return LeftOut(letter, topic)
    payload = _payload(letter, origins)
    if isinstance(payload, Problem):
        return LeftOut(letter, payload)
    attempt = _attempt(letter, payload, redrive)
    if isinstance(attempt, Problem):
        return LeftOut(letter, attempt)
    partition, remarks = _partition(letter.first_origin, topic, redrive.partitions[topic])
    if payload is letter.record and letter.dialect.is_pointer:
        remarks += ("the headers of the origin are not in the dead letter, and the origin is gone",)
    record = NewRecord(
        topic,
        payload.key,
        payload.value,
        _headers(payload, letter, redrive) + stamps(redrive.job, letter.place, attempt),
        _timestamp(letter, payload) if redrive.keep_timestamps else None,
        partition,
    )
    return Send(letter, record, attempt, remarks)


def _attempt(letter: DeadLetter, payload: Record, redrive: Redrive) -> int | Problem:
    """Which time it is sent now, or why not. Of a share group only the record itself carries the stamp."""
    told = letter.sent if payload is letter.record else attempt_of(payload.headers, letter.passes)
    if redrive.force:
        return (told if isinstance(told, int) else letter.passes) + 1
    if isinstance(told, Problem):
        return told
    if told >= redrive.limit:
        return Problem("attempt_limit", f"it was sent {told} times already, and {redrive.limit} is the limit")
    return told + 1


def _target(letter: DeadLetter, redrive: Redrive) -> str | Problem:
    origin = letter.first_origin.topic
    if isinstance(origin, Problem) and redrive.to is None:
        return Problem("no_origin", f"it does not tell which topic it came from: {origin.text}")
    came_from = origin if isinstance(origin, str) else ""
    topic = redrive.mapping.get(came_from) or redrive.to or came_from
    if topic in redrive.mapping and redrive.mapping[topic] != topic:
        text = f"it would go to {topic}, and what comes from there goes to {redrive.mapping[topic]}: a chain"
        return Problem("chain", text)
    if topic == letter.record.topic or topic in redrive.dead_letter_topics or kind_of_name(topic) is Kind.DEAD_LETTERS:
        return Problem("dead_letter_topic", f"{topic} is a topic for dead letters")
    if topic not in redrive.partitions:
        return Problem("unknown_topic_or_partition", f"the topic {topic} does not exist")
    return topic


def _payload(letter: DeadLetter, origins: Mapping[Place, Fetched]) -> Record | Problem:
    """The record whose key, value and headers are sent."""
    if not letter.dialect.is_pointer:
        return letter.record
    origin = origins.get(letter.place)
    if origin is None:
        return Problem("not_fetched", "it only names its record, and that one was not read")
    if isinstance(origin, Record):
        return origin
    if origin.code not in LOST:
        return Problem(origin.code, f"the record it names could not be read: {origin.text}")
    return Problem("payload_lost", f"payload lost: {origin.text}") if letter.is_pointer else letter.record


def _partition(origin: Origin, topic: str, count: int) -> tuple[int | None, tuple[str, ...]]:
    """The one it came from where the target has it; else its key decides, and that is said."""
    if isinstance(origin.partition, Problem):
        return None, ("it does not tell its partition: its key decides",)
    if origin.partition >= count:
        return None, (f"{topic} has no partition {origin.partition}: its key decides",)
    return origin.partition, ()


def _headers(payload: Record, letter: DeadLetter, redrive: Redrive) -> tuple[Header, ...]:
    """All or nothing: half of a dialect's headers would be a lie, and the next dead letter appends to it."""
    if payload is not letter.record or redrive.keep_headers:
        gone: Collection[str] = STAMPS
    else:
        gone = letter.own
    return tuple(header for header in payload.headers if header[0] not in gone)


def _timestamp(letter: DeadLetter, payload: Record) -> int | None:
    if payload is not letter.record:
        return payload.timestamp_ms
    told = letter.first_origin.timestamp_ms
    return told if isinstance(told, int) else None
