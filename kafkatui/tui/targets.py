"""Everything the go-to line leads to: places, commands, and each topic, group and broker. Pure, from a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.message import Message

from kafkatui.columns import cells
from kafkatui.columns.groups import group_reason
from kafkatui.columns.topics import topic_reason
from kafkatui.model.events import Subject
from kafkatui.model.snapshot import Snapshot
from kafkatui.tui.messages import Go, Open, Read
from kafkatui.tui.widgets.places_line import PLACES


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the go-to list."""

    kind: str
    name: str
    note: str
    leads_to: Message | str
    """What to tell the app, or which of its actions to run."""


COMMANDS = (
    Target("command", "q", "quit", "app.quit"),
    Target("command", "quit", "leave kafkatui", "app.quit"),
    Target("command", "theme", "dark or light", "app.theme"),
    Target("command", "refresh", "read the cluster again now", "app.refresh"),
    Target("command", "pause", "stop reading, or go on", "app.pause"),
    Target("command", "help", "what the words and keys mean", "app.help"),
)


def targets(snapshot: Snapshot) -> Iterator[Target]:
    for place in PLACES:
        yield Target("place", place.place, f"key {place.key}", Go(place.place))
    yield from COMMANDS
    for broker in snapshot.brokers.values():
        why = "" if broker.problem is None else broker.problem.text
        yield Target("broker", f"{broker.node_id} {broker.host}", why, Open(Subject.BROKER, str(broker.node_id)))
    for topic in snapshot.topics.values():
        note = topic_reason(topic) or f"{len(topic.partitions)} partitions"
        yield Target("topic", topic.name, note, Open(Subject.TOPIC, topic.name))
        yield Target("messages", topic.name, "read its records", Read((topic.name,)))
    for group in snapshot.groups.values():
        note = group_reason(group) or f"lag {cells.reading(group.lag).text}"
        yield Target("group", group.group, note, Open(Subject.GROUP, group.group))
