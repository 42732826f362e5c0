"""What a change to topics would do, before it is made: for a person, as JSON, with a hash. Nothing is asked here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from kafkatui.model.problems import Problem
from kafkatui.safe_text import display_width, safe_text

Json = Mapping[str, Any]
Results = Mapping[str, Problem | None]
"""How each item of a plan went, by its name; None: it is done."""
SCHEMA = "kafkatui.topic-change/1"
_MOST = 50
"""Items a person is shown one by one."""


class Kind(StrEnum):
    """What the journal calls a change, and who can undo it."""

    CREATE = "topic-create"
    DELETE = "topic-delete"
    PARTITIONS = "topic-partitions"
    CONFIGS = "topic-configs"
    RECORDS = "topic-records"
    LEADERS = "topic-leaders"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a change is made to: a topic, a partition or a config."""

    name: str
    decided: Json
    """What is to be done, and to what. This alone makes the hash."""
    cells: tuple[str, ...]
    """The same for a person: one text for each column of the plan."""
    effect: Json = field(default_factory=dict)
    """Whom and what it concerns: numbers that move while one looks at them."""
    problem: Problem | None = None
    """Why it can not be done, known before anything is sent: it is left out."""

    def refused(self, problem: Problem) -> Item:
        return replace(self, problem=problem)


@dataclass(frozen=True, slots=True)
class Plan:
    """A change to topics of one cluster."""

    kind: Kind
    context: str | None
    cluster_id: str | None
    what: str
    """One line: `delete 2 topics`."""
    command: tuple[str, ...]
    """The words behind `kafkatui` that do the same; flags that name the cluster are not among them."""
    columns: tuple[str, ...]
    items: tuple[Item, ...]
    topics: Mapping[str, str | None] = field(default_factory=dict)
    """The topics it was made for, with their ids: another topic of the same name is not meant."""
    warnings: tuple[str, ...] = ()
    before: Json = field(default_factory=dict)
    """What the journal keeps."""
    way_back: str | None = None
    """For a person: what brings back what. None: nothing does, as `cannot_undo` says."""
    cannot_undo: str | None = None
    """Why undo can not put it back; None: it can."""
    idle: str = "it is so already"
    """What is said where nothing is left to do."""
    typed: str | None = None
    """What a person has to type to go on, instead of `y`."""

    @property
    def todo(self) -> tuple[Item, ...]:
        """The items that are going to be done."""
        return tuple(item for item in self.items if item.problem is None)

    @property
    def refused(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.problem is not None)

    @property
    def hash(self) -> str:
        """SHA-256 of what is to be done, and where: equal for plans that do the same, whatever moves meanwhile."""
        decided = {
            "kind": self.kind,
            "cluster_id": self.cluster_id,
            "items": [dict(each.decided) for each in self.todo],
        }
        text = json.dumps(decided, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def cluster(self) -> str:
        """Which cluster it is, for a person."""
        return " ".join(each for each in ("cluster", self.context, self.cluster_id) if each)

    def lines(self) -> list[str]:
        """For a person. May hold text from the cluster."""
        shown = self.todo[:_MOST]
        lines = [f"{self.what} on {self.cluster}:"]
        if shown:
            lines += _aligned([self.columns, *(item.cells for item in shown)])
        if len(self.todo) > _MOST:
            lines.append(f"  ... and {len(self.todo) - _MOST} more; --output json has them all")
        lines += [f"! {warning}" for warning in self.warnings]
        back = self.way_back or f"no way back: {self.cannot_undo}"
        return [*lines, back, f"plan {self.hash[:12]}"]

    def document(self, results: Results | None = None, entry: str | None = None) -> dict[str, Any]:
        """As JSON; with `results` also how it went, and the id of its entry in the journal."""
        return {
            "schema": SCHEMA,
            "change": self.kind.value,
            "context": self.context,
            "cluster_id": self.cluster_id,
            "hash": self.hash,
            "what": self.what,
            "made": results is not None,
            "journal": entry,
            "cannot_undo": self.cannot_undo,
            "warnings": list(self.warnings),
            "items": [_item_document(item, results) for item in self.items],
        }

    def with_problems(self, problems: Results) -> Plan:
        """Leave out the items that are known by now to be refused."""
        items = (_after(item, problems.get(item.name)) for item in self.items)
        return replace(self, items=tuple(items))


def _after(item: Item, problem: Problem | None) -> Item:
    return item if problem is None or item.problem is not None else item.refused(problem)


def _item_document(item: Item, results: Results | None) -> dict[str, Any]:
    problem = item.problem
    result = None
    if results is not None and item.name in results:
        problem = results[item.name]
        result = "failed" if problem is not None else "ok"
    return {**item.decided, **item.effect, "result": result, "problem": problem.text if problem is not None else None}


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    safe = [[safe_text(cell) for cell in row] for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*safe, strict=True)]
    for row in safe:
        cells = (cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def missing(name: str, columns: Sequence[str]) -> Item:
    """An item for a topic that is not there."""
    problem = Problem("unknown_topic_or_partition", f"topic {name} does not exist")
    return Item(name, {"topic": name}, (name, *[""] * (len(columns) - 1)), problem=problem)
