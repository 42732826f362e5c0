"""`kafkatui topics add-partitions`: more partitions for a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kafkatui.cli import complete, topic_change
from kafkatui.cli.changing import Asking
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.plan_output import PlanPrinting

if TYPE_CHECKING:
    from kafkatui.topic_changes.run import TopicChange
    from kafkatui.topic_changes.source import TopicSource


@with_flags
def add_partitions(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", autocompletion=complete.topics, help="Its name.")],
    count: Annotated[int, typer.Argument(min=1, metavar="N", help="How many it has afterwards.")],
    *,
    asking: Asking,
    printing: PlanPrinting,
    where: Where,
) -> None:
    """Give a topic more partitions. Keys go to other partitions from then on, and there is no way back."""

    async def plan(source: TopicSource, context: str | None) -> TopicChange:
        from kafkatui.topic_changes.partitions import plan_partitions

        return await plan_partitions(source, topic, count, context=context, seconds=topic_change.seconds(asking))

    topic_change.run(plan, where, asking, printing)
