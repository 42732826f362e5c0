"""`kafkatui topics config`: the configs of a topic, and changes to them, key by key and never all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from kafkatui.cli import complete, connect, interrupts, report, topic_change
from kafkatui.cli.changing import Asking
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.flags import Output, Printing, Where, with_flags
from kafkatui.cli.naming import pick
from kafkatui.cli.plan_output import PlanOutput, PlanPrinting
from kafkatui.cli.report import Report
from kafkatui.cli.tables import Table
from kafkatui.columns.configs import CONFIGS
from kafkatui.model.configs import Config, Configs
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem

if TYPE_CHECKING:
    from kafkatui.model.snapshot import Snapshot
    from kafkatui.topic_changes.run import TopicChange
    from kafkatui.topic_changes.source import TopicSource

_FIELDS = ("topic", "config", "value", "source", "default", "read_only", "sensitive")


@with_flags
def config(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", autocompletion=complete.topics, help="Its name.")],
    sets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Configs to set for this topic; none lists what there is."),
    ] = None,
    *,
    delete: Annotated[
        list[str] | None,
        typer.Option("--delete", metavar="NAME", help="Set it for this topic no more. Repeatable."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List also those that nobody set: Kafka's own defaults.")
    ] = False,
    asking: Asking,
    printing: Printing,
    where: Where,
) -> None:
    """List the configs of a topic, or change some of them.

    Lists what somebody set. Changes only the configs that are named, all of them or none; kafkatui undo puts back
    what was before. Values that are sensitive are never shown.
    """
    wanted: dict[str, str | None] = dict(map(topic_change.pair, sets or ()))
    twice = [name for name in delete or () if name in wanted]
    if twice:
        raise Failure(Code.USAGE, f"{twice[0]}: it can not be set and deleted at once")
    wanted |= dict.fromkeys(delete or ())
    if wanted and everything:
        raise Failure(Code.USAGE, "--all lists, and nothing is listed where configs are changed")
    if wanted:
        _change(topic, wanted, where, asking, printing)
    else:
        _list(topic, everything, where, printing)


def _change(topic: str, wanted: dict[str, str | None], where: Where, asking: Asking, printing: Printing) -> None:
    if printing.format not in (Output.TABLE, Output.JSON):
        raise Failure(Code.USAGE, f"a change is printed as table or json, not as {printing.format}")

    async def plan(source: TopicSource, context: str | None) -> TopicChange:
        from kafkatui.topic_changes.configs import plan_configs

        return await plan_configs(source, topic, wanted, context=context, seconds=topic_change.seconds(asking))

    topic_change.run(plan, where, asking, PlanPrinting(PlanOutput(printing.format.value)))


def _list(topic: str, everything: bool, where: Where, printing: Printing) -> None:
    if printing.format is Output.PROMETHEUS:
        raise Failure(Code.USAGE, "configs are no metrics: print them as table, json, ndjson or csv")
    connection = connect.needed_connection(where)

    async def read() -> tuple[Snapshot, Configs | Problem]:
        from kafkatui.monitor import Want, read_once

        async with connect.open_source(connection) as source:
            snapshot = await read_once(source, Want.TOPOLOGY, clock=connect.clock)
            connection.check(snapshot.cluster_id)
            found = pick([topic], snapshot.topics, "topic")
            if found.names != (topic,):
                raise Failure(Code.FAILED, found.missing[0] if found.missing else f"topic {topic} does not exist")
            configs = await cast("TopicSource", source).topic_configs([topic])
            return snapshot, configs.get(topic, Problem("not_told", "its configs are not told"))

    try:
        snapshot, configs = interrupts.run(read())
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
    if isinstance(configs, Problem):
        raise Failure(Code.FAILED, f"topic {topic}: {configs.text}")
    chosen = [each for each in configs.values() if everything or not each.is_default]
    if not chosen:
        say(f"every config of {topic} is Kafka's default; --all shows them")
    report.emit(_report(snapshot, topic, chosen), printing)


def _report(snapshot: Snapshot, topic: str, configs: Sequence[Config]) -> Report:
    return Report(
        snapshot=snapshot,
        schema="topic-configs",
        tables=lambda: [Table(CONFIGS, configs)],
        records=lambda: [{"topic": topic, **_record(each)} for each in configs],
        fields=_FIELDS,
        items=lambda: [_document(each) for each in configs],
        metrics=lambda: (),
        key="configs",
        head={"topic": topic},
    )


def _record(config: Config) -> dict[str, Any]:
    return {
        "config": config.name,
        "value": config.value,
        "source": config.source.value,
        "default": config.is_default,
        "read_only": config.is_read_only,
        "sensitive": config.is_sensitive,
    }


def _document(config: Config) -> dict[str, Any]:
    """One config of `kafkatui.topic-configs/1`; the first of `synonyms` is the one that counts."""
    synonyms = [{"config": each.name, "value": each.value, "source": each.source.value} for each in config.synonyms]
    return {**_record(config), "synonyms": synonyms}
