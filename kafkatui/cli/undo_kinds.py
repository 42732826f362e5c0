"""The kinds of change that can be undone: where each says how. A module is loaded when one of its kind is met."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from kafkatui.undo.kinds import Kind

KINDS: Mapping[str, str] = {
    "group-offsets": "kafkatui.cli.undo_offsets:OffsetsKind",
    "topic-configs": "kafkatui.cli.undo_topics:TopicsKind",
    "topic-create": "kafkatui.cli.undo_topics:TopicsKind",
    "topic-delete": "kafkatui.cli.undo_topics:TopicsKind",
    "topic-leaders": "kafkatui.cli.undo_topics:TopicsKind",
    "topic-partitions": "kafkatui.cli.undo_topics:TopicsKind",
    "topic-records": "kafkatui.cli.undo_topics:TopicsKind",
    "replay": "kafkatui.cli.undo_replays:ReplayKind",
}
"""`Change.kind`: the class that undoes it."""


def kind_of(name: str) -> Kind:
    """Raises KeyError."""
    module, _, attribute = KINDS[name].partition(":")
    kind: Kind = getattr(import_module(module), attribute)()
    return kind
