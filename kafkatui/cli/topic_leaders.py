"""`kafkatui topics elect-leaders`: the preferred replicas lead again, or any that lives where nobody leads."""

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
def elect_leaders(
    topics: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC[:PARTITIONS]]...",
            autocompletion=complete.topics,
            help="orders, or orders:0,2-4; every topic without any.",
        ),
    ] = None,
    *,
    unclean: Annotated[
        bool,
        typer.Option(
            "--unclean", help="Where nobody leads, let any replica that lives do so: records it lacks are lost."
        ),
    ] = False,
    asking: Asking,
    printing: PlanPrinting,
    where: Where,
) -> None:
    """Let the preferred replicas lead again.

    That is the first replica of each partition; it has to be in sync.
    """
    chosen = topic_change.targets(topics or ())

    async def plan(source: TopicSource, context: str | None) -> TopicChange:
        from kafkatui.topic_changes.leaders import plan_leaders

        return await plan_leaders(source, chosen, unclean=unclean, context=context)

    topic_change.run(plan, where, asking, printing)
