"""Everything the go-to line leads to: places, commands, each topic, group and broker, dead letters. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from textual.message import Message

from kafkatui.columns import cells
from kafkatui.columns.groups import group_reason
from kafkatui.columns.topics import topic_reason
from kafkatui.dead_letters.topic_names import Kind, kind_of_name
from kafkatui.model.events import Subject
from kafkatui.model.snapshot import Snapshot
from kafkatui.tui.messages import Go, Open, OpenDesk, Read
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
    Target("command", "context", "show another cluster; context NAME goes there", "app.contexts"),
    Target("command", "ctx", "the same", "app.contexts"),
    Target("command", "save recording", "what this session has seen, into a file", "app.save_recording"),
    Target("command", "doctor", "the connection step by step, and advice on the cluster", "app.doctor"),
    Target("command", "help", "what the words and keys mean", "app.help"),
)


def targets(snapshot: Snapshot, letters: Collection[str] = ()) -> Iterator[Target]:
    """`letters`: topics with dead letters that were found; a name may say so, too."""
    for place in PLACES:
        yield Target("place", place.title.lower(), f"key {place.key}", Go(place.place))
    yield from COMMANDS
    for broker in snapshot.brokers.values():
        why = "" if broker.problem is None else broker.problem.text
        yield Target("broker", f"{broker.node_id} {broker.host}", why, Open(Subject.BROKER, str(broker.node_id)))
    for topic in snapshot.topics.values():
        note = topic_reason(topic) or f"{len(topic.partitions)} partitions"
        yield Target("topic", topic.name, note, Open(Subject.TOPIC, topic.name))
        yield Target("messages", topic.name, "read its records", Read((topic.name,)))
        if topic.name in letters or kind_of_name(topic.name) is Kind.DEAD_LETTERS:
            yield Target("dead letters", topic.name, "why they are there", OpenDesk(topic.name))
    for group in snapshot.groups.values():
        note = group_reason(group) or f"lag {cells.reading(group.lag).text}"
        yield Target("group", group.group, note, Open(Subject.GROUP, group.group))
