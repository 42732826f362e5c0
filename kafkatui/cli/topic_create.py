"""`kafkatui topics create`: a topic from words, or like another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kafkatui.cli import complete, topic_change
from kafkatui.cli.changing import Asking
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.plan_output import PlanPrinting
from kafkatui.model.new_topics import NewTopic

if TYPE_CHECKING:
    from kafkatui.topic_changes.run import TopicChange
    from kafkatui.topic_changes.source import TopicSource


@with_flags
def create(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Its name.")],
    *,
    partitions: Annotated[
        int | None, typer.Option("--partitions", min=1, metavar="N", help="Without it, as the brokers' config says.")
    ] = None,
    replication: Annotated[
        int | None,
        typer.Option(
            "--replication",
            "--replication-factor",
            min=1,
            metavar="N",
            help="Replicas of each partition; without it, as the brokers' config says.",
        ),
    ] = None,
    config: Annotated[
        list[str] | None, typer.Option("--config", metavar="NAME=VALUE", help="A config of its own. Repeatable.")
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            metavar="TOPIC",
            autocompletion=complete.topics,
            help="Take partitions, replication and configs of this topic, unless other flags name them.",
        ),
    ] = None,
    asking: Asking,
    printing: PlanPrinting,
    where: Where,
) -> None:
    """Make a topic. The brokers are asked first whether they would; a dry run shows what they say."""
    wanted = NewTopic(
        topic,
        -1 if partitions is None else partitions,
        -1 if replication is None else replication,
        dict(topic_change.pair(each) for each in config or ()),
    )

    async def plan(source: TopicSource, context: str | None) -> TopicChange:
        from kafkatui.topic_changes.create import NoPattern, plan_creation

        try:
            return await plan_creation(source, wanted, like=like, context=context)
        except NoPattern as error:
            raise Failure(Code.FAILED, str(error)) from None

    topic_change.run(plan, where, asking, printing)
