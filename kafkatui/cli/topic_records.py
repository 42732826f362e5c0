"""`kafkatui topics delete-records`: the records of a topic before a position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kafkatui.cli import complete, connect, topic_change
from kafkatui.cli.changing import Asking
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.plan_output import PlanPrinting
from kafkatui.model.positions import Position, PositionError, parse_position

if TYPE_CHECKING:
    from kafkatui.topic_changes.run import TopicChange
    from kafkatui.topic_changes.source import TopicSource


@with_flags
def delete_records(
    topic: Annotated[
        str,
        typer.Argument(metavar="TOPIC[:PARTITIONS]", autocompletion=complete.topics, help="orders, or orders:0,2-4."),
    ],
    *,
    before: Annotated[
        str,
        typer.Option(
            "--before",
            metavar="POSITION",
            help="What comes before goes: end, N, +N after the start, -N before the end, or @TIME.",
        ),
    ],
    asking: Asking,
    printing: PlanPrinting,
    where: Where,
) -> None:
    """Delete the records of a topic before a position.

    The plan says how many go in each partition, and who has not read them yet. There is no way back.
    """
    position = _position(before, where)
    ((name, numbers),) = topic_change.targets([topic]).items()

    async def plan(source: TopicSource, context: str | None) -> TopicChange:
        from kafkatui.topic_changes.records import plan_records

        return await plan_records(
            source, name, numbers, position, context=context, seconds=topic_change.seconds(asking)
        )

    topic_change.run(plan, where, asking, printing)


def _position(text: str, where: Where) -> Position:
    try:
        return parse_position(text, connect.now(where))
    except PositionError as error:
        raise Failure(Code.USAGE, f"--before: {error}") from None
