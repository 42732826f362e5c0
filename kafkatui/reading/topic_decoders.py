"""Which decoders read the records of each topic: what a person chose, or guessed once from the first samples."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from kafkatui.decoding import guess
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.decoders import EACH, check_name, decode_key, decode_value
from kafkatui.decoding.framing import NotFramed, SchemaId, Side, id_header, is_framed, take_apart
from kafkatui.decoding.guess import Choice
from kafkatui.decoding.headers import decode_headers
from kafkatui.decoding.limits import LIMITS, Limits
from kafkatui.decoding.record import DecodedRecord
from kafkatui.decoding.schemas import NAME as SCHEMA_REGISTRY
from kafkatui.decoding.schemas import FindSchema, decode_framed, no_registry
from kafkatui.model.connection import Connection
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.model.problems import Problem
from kafkatui.model.records import Record

if TYPE_CHECKING:
    from kafkatui.model.masking_rules import MaskedPart
    from kafkatui.reading.registry import SchemaRegistry

SIDES: tuple[Side, ...] = ("key", "value")
_INT64_BYTES = 8
_BY_SCHEMA = (SCHEMA_REGISTRY, EACH)


@dataclass(frozen=True, slots=True)
class Choices:
    """The decoders of one topic, each with its reason."""

    key: Choice
    value: Choice

    @property
    def both(self) -> tuple[Choice, Choice]:
        return self.key, self.value

    def of(self, sides: Collection[Side]) -> tuple[Choice, ...]:
        """Those of the key, the value, or both."""
        return tuple(choice for side, choice in (("key", self.key), ("value", self.value)) if side in sides)

    def would_learn_nothing(self, record: Record) -> bool:
        """Whether what is not chosen yet is not in this record either."""
        return (_is_settled(self.key) or not record.key) and (_is_settled(self.value) or not record.value)


def registry_of(connection: Connection) -> SchemaRegistry | None:
    """The schema registry of a connection, if it has one."""
    if connection.registry is None:
        return None
    from kafkatui.reading.registry import SchemaRegistry  # loads HTTP and TLS, which few need

    return SchemaRegistry(connection.registry)


class TopicDecoders:
    """The decoders of every topic that was met.

    A topic's choice is fixed once there was a sample, so that a record reads the same however often it is looked at;
    keys and values are chosen each on their own. Not for several threads.
    """

    def __init__(
        self,
        rules: Sequence[DecodingRule] = (),
        limits: Limits = LIMITS,
        registry: SchemaRegistry | None = None,
        patience: float | None = None,
    ) -> None:
        """`rules`: the first that names a topic and says something counts. Raises `UnknownDecoder`.

        `patience`: seconds that `prepare` waits for the registry; what comes later is there for later records. None:
        as long as the registry's own bounds allow.
        """
        for name in (name for rule in rules for name in (rule.key, rule.value) if name is not None):
            check_name(name)
        self._rules = tuple(rules)
        self._limits = limits
        self._patience = patience
        self._loading: set[asyncio.Task[None]] = set()
        self._topics: dict[str, Choices] = {}
        self.use(registry)

    def use(self, registry: SchemaRegistry | None) -> None:
        """The registry of the cluster that is read from now on; what was guessed or chosen for another is forgotten."""
        self._registry = registry
        self._find: FindSchema = registry.find if registry else no_registry
        self._topics.clear()

    async def prepare(self, records: Sequence[Record]) -> None:
        """Choose decoders for the topics of `records` and load what they need, so that `decode` finds it.

        Worth calling for every page or step: schemas that are here are not asked for again.
        """
        for topic, samples in _by_topic(records).items():
            if self._registry is not None:
                # What is not chosen yet may turn out to be framed: then its schemas must be known to be there.
                await self._load(self._registry, topic, samples[: guess.MOST_SAMPLES], self._is_open)
            self._topics[topic] = self._choose_for(topic, samples)
            if self._registry is not None:
                await self._load(self._registry, topic, samples, self._is_by_schema)

    async def expect(self, topics: Iterable[str]) -> None:
        """Load what records of `topics` mostly need, for whoever decodes before `prepare` can see the records.

        That is the schemas registered under the topic's own name (Confluent's TopicNameStrategy).
        """
        if self._registry is not None:
            for topic in topics:
                for side in SIDES:
                    await self._wait(self._registry.load_subject(f"{topic}-{side}"))

    def decode(self, record: Record) -> DecodedRecord:
        """Never raises for what is in the record. A topic that was not prepared is chosen for by this record."""
        headers = decode_headers(record.headers, self._limits)
        return DecodedRecord(self.decode_key(record), self.decode_value(record), headers)

    def decode_key(self, record: Record) -> Decoded:
        """The key alone, for whoever looks at nothing else."""
        if record.masked is not None and record.masked.key is not None:
            return self._decode_masked(record.masked.key, record.key)
        decoder = self._choices(record).key.decoder
        framed = self._decode_framed(decoder, record.key, record, "key")
        return framed or decode_key(decoder, record.key, self._limits)

    def decode_value(self, record: Record) -> Decoded:
        """The value alone, for whoever looks at nothing else."""
        if record.masked is not None and record.masked.value is not None:
            return self._decode_masked(record.masked.value, record.value)
        decoder = self._choices(record).value.decoder
        framed = self._decode_framed(decoder, record.value, record, "value")
        return framed or decode_value(decoder, record.value, record.key, self._limits)

    def _decode_masked(self, part: MaskedPart, raw: bytes | None) -> Decoded:
        from kafkatui.decoding.masking import decode_masked  # only for whom rules hide something

        return decode_masked(part, raw, self._limits)

    def _decode_framed(self, decoder: str, raw: bytes | None, record: Record, side: Side) -> Decoded | None:
        """None: not by a schema. Of mixed formats those whose schema is there are."""
        if raw is None or decoder not in _BY_SCHEMA:
            return None
        header = id_header(record.headers, side)
        if decoder == EACH and (self._registry is None or not self._is_there(raw, header)):
            return None
        return decode_framed(raw, self._find, self._limits, header)

    def _is_there(self, raw: bytes, header: bytes | None) -> bool:
        if header is None and not is_framed(raw):
            return False
        try:
            return not isinstance(self._find(take_apart(raw, header).schema), Problem)
        except NotFramed:
            return False

    def choices(self, topic: str) -> Choices:
        """What reads `topic`, to be shown; without any sample so far that is a person's choice, or text."""
        return self._topics.get(topic) or self._choose_for(topic, ())

    def choose(self, topic: str, value: str | None = None, key: str | None = None) -> None:
        """A person's choice from now on; None leaves that side as it is. Raises `UnknownDecoder`."""
        before = self.choices(topic)
        self._topics[topic] = Choices(
            before.key if key is None else guess.choose(topic, (), key),
            before.value if value is None else guess.choose(topic, (), value),
        )

    def forget(self, topic: str) -> None:
        """Go back to the rules, or guess again from the next samples."""
        self._topics.pop(topic, None)

    def _choices(self, record: Record) -> Choices:
        found = self._topics.get(record.topic)
        if found is None or not found.would_learn_nothing(record):
            found = self._topics[record.topic] = self._choose_for(record.topic, (record,))
        return found

    def _choose_for(self, topic: str, samples: Sequence[Record]) -> Choices:
        """Choices that were made with a sample, or without need of one, stay."""
        before = self._topics.get(topic)
        key = before.key if before and _is_settled(before.key) else None
        value = before.value if before and _is_settled(before.value) else None
        return Choices(
            key or self._choose_side(topic, "key", samples), value or self._choose_side(topic, "value", samples)
        )

    def _choose_side(self, topic: str, side: Side, samples: Sequence[Record]) -> Choice:
        rule = self._rule(topic, side)
        if rule is None and self._registry and any(id_header(record.headers, side) for record in samples):
            return Choice(SCHEMA_REGISTRY, "a header names the schema")
        has_schema = self._has_schema if self._registry else None
        stored = (getattr(record, side) for record in samples if _is_stored(record, side))
        return guess.choose(topic, stored, rule, has_schema)

    def _has_schema(self, raw: bytes) -> bool:
        """While the registry does not answer, what can not be an int64 is taken for framed."""
        if not is_framed(raw):
            return False
        found = self._find(take_apart(raw, None).schema)
        if not isinstance(found, Problem) or found.code == "bad_schema":
            return True
        return found.code != "unknown_schema" and len(raw) != _INT64_BYTES

    async def _load(
        self, registry: SchemaRegistry, topic: str, records: Sequence[Record], wants: Callable[[str, Side], bool]
    ) -> None:
        for side in SIDES:
            if wants(topic, side):
                await self._wait(registry.load(list(_ids(records, side)), f"{topic}-{side}"))

    async def _wait(self, loading: Coroutine[Any, Any, None]) -> None:
        if self._patience is None:
            await loading
            return
        task = asyncio.create_task(loading)
        self._loading.add(task)
        task.add_done_callback(self._loading.discard)
        done, _ = await asyncio.wait([task], timeout=self._patience)
        for each in done:
            each.result()

    def _is_open(self, topic: str, side: Side) -> bool:
        before = self._topics.get(topic)
        return (before is None or not _is_settled(getattr(before, side))) and self._rule(topic, side) is None

    def _is_by_schema(self, topic: str, side: Side) -> bool:
        choice: Choice = getattr(self._topics[topic], side)
        return choice.decoder in _BY_SCHEMA

    def _rule(self, topic: str, side: Side) -> str | None:
        names = (getattr(rule, side) for rule in self._rules if fnmatchcase(topic, rule.topics))
        return next((name for name in names if name is not None), None)


def _is_settled(choice: Choice) -> bool:
    return choice.why != guess.NO_SAMPLES


def _is_stored(record: Record, side: Side) -> bool:
    """What stands there instead of what is hidden tells nothing of how its topic is to be read."""
    return record.masked is None or getattr(record.masked, side) is None


def _ids(records: Iterable[Record], side: Side) -> Iterator[SchemaId]:
    for record in records:
        if not _is_stored(record, side):
            continue
        raw, header = getattr(record, side), id_header(record.headers, side)
        if raw and (header or is_framed(raw)):
            with suppress(NotFramed):
                yield take_apart(raw, header).schema


def _by_topic(records: Iterable[Record]) -> dict[str, list[Record]]:
    topics: dict[str, list[Record]] = {}
    for record in records:
        topics.setdefault(record.topic, []).append(record)
    return topics
