"""Topics with dead letters and their causes as rows and JSON objects: keys and their order are promised to scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kafkatui.cli.report import Report, on_terminal
from kafkatui.cli.tables import Table
from kafkatui.columns.dead_letters import CAUSES, LETTER_TOPICS, SHORT_CAUSES, SOURCE, CauseRow, LetterTopicRow
from kafkatui.dead_letters.cause_rows import PARTS, cause_row, span_of
from kafkatui.dead_letters.causes import Cause
from kafkatui.dead_letters.finding import Finding, Found
from kafkatui.dead_letters.letter import Text
from kafkatui.model.problems import Problem, known
from kafkatui.model.snapshot import NOTHING

if TYPE_CHECKING:
    from kafkatui.cli.letters_read import TopicCauses

Document = dict[str, Any]
Row = tuple["Found | None", "TopicCauses | None"]
"""How a topic was found, if it was looked for, and what was read of it, if it was."""
TOPIC_FIELDS = (
    *("topic", "kind", "dialect", "recognised_by", "records", "read", "dead_letters", "causes", "newest", "problem"),
)
CAUSE_FIELDS = (
    *("topic", "cause", "count", "exception", "message", "origin", "group", "first", "last", "fewest_attempts"),
    *("most_attempts", "most_sent", "example_partition", "example_offset", "example_message"),
)


def report_of(cluster_id: str | None, at: float, rows: Sequence[Row], finding: Finding | None) -> Report:
    """The list if topics were looked for, else the causes of those that were named."""
    is_list = finding is not None
    read = [topic for _, topic in rows if topic is not None]
    return Report(
        snapshot=replace(NOTHING, at=at, cluster_id=cluster_id),
        schema="dlq",
        tables=lambda: [Table(LETTER_TOPICS, [_topic_row(*row) for row in rows])] if is_list else _tables(read),
        records=lambda: map(_flat_topic, rows) if is_list else (each for topic in read for each in _flat_causes(topic)),
        fields=TOPIC_FIELDS if is_list else CAUSE_FIELDS,
        items=lambda: [_topic_document(*row) for row in rows],
        metrics=lambda: (),
        key="topics",
        more=lambda: _searched(read) | ({} if finding is None else {"passed_over": list(finding.passed_over)}),
    )


def _tables(topics: Sequence[TopicCauses]) -> list[Table[Any]]:
    columns = SHORT_CAUSES if on_terminal() else CAUSES
    rows = [row for topic in topics for row in _cause_rows(topic)]
    return [Table([SOURCE, *columns] if len(topics) > 1 else columns, rows)]


def _searched(topics: Iterable[TopicCauses]) -> Document:
    found: Document = {"searched": [], "not_read": []}
    for topic in topics:
        for name, pieces in topic.searched.document().items():
            found[name] += pieces
    return found


def _topic_row(found: Found | None, read: TopicCauses | None) -> LetterTopicRow:
    assert found is not None, "only a list has such rows"
    dialect = None if found.dialect is None else found.dialect.name
    causes = None if read is None else len(read.causes)
    problem = found.records.text if isinstance(found.records, Problem) else ""
    if not problem and read is not None and read.causes.beyond:
        problem = f"more than {causes} causes"
    return LetterTopicRow(
        found.topic, found.kind.value, dialect, found.how, found.records, causes, found.newest_ms, problem
    )


def _cause_rows(topic: TopicCauses) -> list[CauseRow]:
    first, last = span_of(topic.causes)
    return [cause_row(topic.topic, each, first, last) for each in topic.causes.sorted()]


def _flat_topic(row: Row) -> Document:
    found, read = row
    document = _topic_document(found, read)
    return {**document, "causes": None if read is None else len(read.causes)}


def _topic_document(found: Found | None, read: TopicCauses | None) -> Document:
    """One topic of `kafkatui.dlq/1`."""
    document: Document = dict.fromkeys(TOPIC_FIELDS)
    if found is not None:
        document |= {
            "topic": found.topic,
            "kind": found.kind.value,
            "dialect": None if found.dialect is None else found.dialect.name,
            "recognised_by": found.how,
            "records": known(found.records),
            "newest": found.newest_ms,
            "problem": found.records.text if isinstance(found.records, Problem) else None,
        }
    if read is not None:
        first, last = span_of(read.causes)
        document |= {
            "topic": read.topic,
            "dialect": document["dialect"] or read.dialect,
            "read": read.read,
            "dead_letters": read.causes.letters,
            "causes": [_cause(each, first, last) for each in read.causes.sorted()],
            "beyond": read.causes.beyond,
        }
    return document


def _cause(cause: Cause, first_ms: int, last_ms: int) -> Document:
    key, example = cause.key, cause.example
    return {
        "cause": cause.id,
        "count": cause.count,
        "exception": told(key.exception),
        "message": told(key.message),
        "origin": told(key.topic),
        "group": told(key.group),
        "first": cause.first_ms,
        "last": cause.last_ms,
        "fewest_attempts": cause.fewest_attempts,
        "most_attempts": cause.most_attempts,
        "most_sent": cause.most_sent,
        "when": {
            "first": first_ms,
            "last": last_ms,
            "counts": list(cause.when.series(first_ms, last_ms, PARTS)),
        },
        "example": {"topic": example.topic, "partition": example.partition, "offset": example.offset},
        "example_message": told(cause.example_message),
        "problems": problems(exception=key.exception, message=key.message, origin=key.topic, group=key.group),
    }


def _flat_causes(topic: TopicCauses) -> Iterator[Document]:
    for each in topic.causes.sorted():
        document = _cause(each, each.first_ms, each.last_ms)
        example = document["example"]
        flat = {"topic": topic.topic, **document, "example_partition": example["partition"]}
        flat["example_offset"] = example["offset"]
        yield {name: flat[name] for name in CAUSE_FIELDS}


def told(value: Text | int) -> str | int | None:
    return None if isinstance(value, Problem) else value


def problems(**values: object) -> Document:
    """Why the parts that are null are not known."""
    return {name: value.text for name, value in values.items() if isinstance(value, Problem)}
