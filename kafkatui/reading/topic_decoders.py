"""Which decoders read the records of each topic: what a person chose, or guessed once from the first samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from kafkatui.decoding import guess
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.decoders import check_name, decode_key, decode_record, decode_value
from kafkatui.decoding.guess import Choice
from kafkatui.decoding.limits import LIMITS, Limits
from kafkatui.decoding.record import DecodedRecord
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.model.records import Record


@dataclass(frozen=True, slots=True)
class Choices:
    """The decoders of one topic, each with its reason."""

    key: Choice
    value: Choice

    def would_learn_nothing(self, record: Record) -> bool:
        """Whether what is not chosen yet is not in this record either."""
        return (_is_settled(self.key) or not record.key) and (_is_settled(self.value) or not record.value)


class TopicDecoders:
    """The decoders of every topic that was met.

    A topic's choice is fixed once there was a sample, so that a record reads the same however often it is looked at;
    keys and values are chosen each on their own. Not for several threads.
    """

    def __init__(self, rules: Sequence[DecodingRule] = (), limits: Limits = LIMITS) -> None:
        """`rules`: the first that names a topic and says something counts. Raises `UnknownDecoder`."""
        for name in (name for rule in rules for name in (rule.key, rule.value) if name is not None):
            check_name(name)
        self._rules = tuple(rules)
        self._limits = limits
        self._topics: dict[str, Choices] = {}

    async def prepare(self, records: Sequence[Record]) -> None:
        """Choose decoders for the topics of `records` and load what they need, so that `decode` finds it."""
        for topic, samples in _by_topic(records).items():
            self._topics[topic] = self._choose_for(topic, samples)

    def decode(self, record: Record) -> DecodedRecord:
        """Never raises for what is in the record. A topic that was not prepared is chosen for by this record."""
        choices = self._choices(record)
        return decode_record(record, choices.key.decoder, choices.value.decoder, self._limits)

    def decode_key(self, record: Record) -> Decoded:
        """The key alone, for whoever looks at nothing else."""
        return decode_key(self._choices(record).key.decoder, record.key, self._limits)

    def decode_value(self, record: Record) -> Decoded:
        """The value alone, for whoever looks at nothing else."""
        return decode_value(self._choices(record).value.decoder, record.value, record.key, self._limits)

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
            key or guess.choose(topic, (record.key for record in samples), self._rule(topic, "key")),
            value or guess.choose(topic, (record.value for record in samples), self._rule(topic, "value")),
        )

    def _rule(self, topic: str, side: Literal["key", "value"]) -> str | None:
        names = (getattr(rule, side) for rule in self._rules if fnmatchcase(topic, rule.topics))
        return next((name for name in names if name is not None), None)


def _is_settled(choice: Choice) -> bool:
    return choice.why != guess.NO_SAMPLES


def _by_topic(records: Iterable[Record]) -> dict[str, list[Record]]:
    topics: dict[str, list[Record]] = {}
    for record in records:
        topics.setdefault(record.topic, []).append(record)
    return topics
