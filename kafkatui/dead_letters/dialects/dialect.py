"""What a dialect is: the names of the headers that tell of a failure, and how they are kept. No header is read here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Dialect:
    """The headers of one framework. A name that is empty, or a tuple without one: the framework does not tell that."""

    name: str
    """For scripts: `kafka-connect`."""
    title: str
    marks: tuple[tuple[str, ...], ...]
    """A record is of this dialect if it has all headers of one of these."""
    topic: str = ""
    partition: str = ""
    offset: str = ""
    timestamp: str = ""
    group: str = ""
    exception: tuple[str, ...] = ()
    """The innermost cause first: the first one that is there counts. The same for the texts below."""
    message: tuple[str, ...] = ()
    stacktrace: tuple[str, ...] = ()
    attempts: tuple[str, ...] = ()
    one_ahead: frozenset[str] = frozenset()
    """Of `attempts`, those that name the delivery to come."""
    connector: str = ""
    stage: str = ""
    task: str = ""
    prefixes: tuple[str, ...] = ()
    """Whatever begins so is a header of this dialect."""
    more: frozenset[str] = frozenset()
    """Headers of this dialect that none of the above names."""
    is_newest_first: bool = False
    """A further failure writes its headers in front of what was there, not behind."""
    keeps_timestamp: bool = False
    """Whether the dead letter has the timestamp of the record that failed."""
    sets_timestamp: bool = False
    """Whether its timestamp may be any other moment than that of writing, such as one taken from the value."""
    is_pointer: bool = False
    """Whether dead letters may have no payload but the place of the record, and never its headers."""
    guesses_numbers: bool = False
    """Numbers may be decimal text or binary: nothing but the header's bytes tells."""
    names: frozenset[str] = field(init=False)
    """Every header it is known to write."""

    def __post_init__(self) -> None:
        told = (self.topic, self.partition, self.offset, self.timestamp, self.group)
        more = (self.connector, self.stage, self.task, *self.exception, *self.message, *self.stacktrace, *self.attempts)
        # Worked out once: every header of every record is looked up in it.
        object.__setattr__(self, "names", frozenset(filter(None, (*told, *more))) | self.more)

    def is_in(self, headers: Collection[str]) -> bool:
        """Whether a record with these headers is of this dialect."""
        return any(all(name in headers for name in mark) for mark in self.marks)

    def owns(self, header: str) -> bool:
        return header in self.names or header.startswith(self.prefixes)
