"""`kafkatui topics delete`: topics with all their records."""

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
def delete(
    names: Annotated[
        list[str],
        typer.Argument(metavar="TOPIC...", autocompletion=complete.topics, help="By their whole names: no globs."),
    ],
    *,
    asking: Asking,
    printing: PlanPrinting,
    where: Where,
) -> None:
    """Delete topics with all their records.

    The plan says how many records there are, who reads them, and how fast more come in. kafkatui undo makes the
    topics again, with their partitions and configs, but never their records.
    """

    async def plan(source: TopicSource, context: str | None) -> TopicChange:
        from kafkatui.topic_changes.delete import plan_deletion

        return await plan_deletion(source, names, context=context, seconds=topic_change.seconds(asking))

    topic_change.run(plan, where, asking, printing)
