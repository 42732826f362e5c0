"""`-t TOPIC[:0,2-4]` as a scope. Which topics there are is not known here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import typer

from kafkatui.cli import complete
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.naming import partitions
from kafkatui.resets.scopes import Scope

Topics: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "-t",
        "--topic",
        metavar="TOPIC[:LIST]",
        autocompletion=complete.topics,
        help="Only this topic, or topics by a glob, or some partitions: orders:0,2-4. Repeatable.",
    ),
]


def scopes_of(words: Sequence[str] | None) -> list[Scope]:
    """Raises Failure."""
    return [_scope(word) for word in words or ()]


def _scope(word: str) -> Scope:
    topic, colon, numbers = word.partition(":")
    if not topic:
        raise Failure(Code.USAGE, f"-t {word!r} names no topic")
    if not colon:
        return Scope(topic)
    try:
        return Scope(topic, partitions(numbers))
    except Failure:
        how = f"{numbers!r} is no list of partitions; write it as {topic}:0,2-4"
        raise Failure(Code.USAGE, f"-t {word}: {how}") from None
