"""What every verb that changes topics does: plan, the brokers' verdict, question, journal, change, how it went.

The plan goes to stderr; stdout gets one JSON document at the end where that is asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, cast

import typer

from kafkatui.cli import connect, interrupts, naming, reconcile, report
from kafkatui.cli.changing import Asking, confirmed, journal, tell_audit_topic
from kafkatui.cli.exits import Code, Failure, in_words, say
from kafkatui.cli.flags import Where
from kafkatui.cli.plan_output import PlanPrinting
from kafkatui.model.connection import Connection
from kafkatui.model.errors import Unreachable

if TYPE_CHECKING:
    from kafkatui.topic_changes.plan import Plan
    from kafkatui.topic_changes.run import Ended, TopicChange
    from kafkatui.topic_changes.source import TopicSource


Planning = Callable[["TopicSource", str | None], Awaitable["TopicChange"]]
"""Makes the plan from a cluster that is only read, and the name of its context."""


_MOST = 20
"""Refusals a person is shown one by one."""


def run(planning: Planning, where: Where, asking: Asking, printing: PlanPrinting) -> None:
    """Ends the command with its exit code. Raises Failure."""
    printing.check()
    connection = connect.planning_connection(where) if asking.dry_run else connect.writing_connection(where)
    change = interrupts.run(_planned(connection, planning, asking))
    plan, ended, wanted = change.plan, None, False
    if plan.todo:
        # Asked outside of any loop, which would keep Ctrl-C until the answer.
        question = f"{plan.what} on {plan.cluster}"
        wanted = confirmed([*plan.lines(), *_left_out(plan)], question, asking, on=connection, typed=plan.typed)
        ended = _carried_out(connection, change) if wanted else None
    entry = None if ended is None or ended.entry is None else ended.entry.id
    printing.emit(plan.document(None if ended is None else ended.results, entry))
    if not plan.todo:
        _finish_idle(plan)
    report.finish(_told(plan, ended) if ended is not None else [])
    if plan.refused or not (wanted or asking.dry_run):
        raise typer.Exit(Code.FAILED)


async def _planned(connection: Connection, planning: Planning, asking: Asking) -> TopicChange:
    try:
        async with connect.open_source(connection) as source:
            if not asking.dry_run:
                await reconcile.reconcile(source, connection, journal())
            change = await planning(cast("TopicSource", source), connection.context)
            connection.check(change.plan.cluster_id)
        if not (change.plan.todo and change.asks_first):
            return change
        if connection.read_only:
            say(f"context {connection.context} is read-only: the brokers are not asked; --read-write asks them too")
            return change
        async with connect.open_changing(connection) as cluster:
            await cluster.topology()
            return await change.checked(cluster.nodes)
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None


def _carried_out(connection: Connection, change: TopicChange) -> Ended:
    from kafkatui.topic_changes.run import INTERRUPTED

    try:
        return interrupts.run(_made(connection, change))
    except KeyboardInterrupt:
        say(INTERRUPTED)
        raise typer.Exit(Code.INTERRUPTED) from None


async def _made(connection: Connection, change: TopicChange) -> Ended:
    from kafkatui.topic_changes.run import NotKept, carry_out, journalled

    kept = journalled(change.plan, connection.flags())
    try:
        async with connect.open_changing(connection) as cluster:
            made = await carry_out(cluster, change, journal(), kept)
        await tell_audit_topic(connection, change.plan.cluster_id)
        return made
    except NotKept as error:
        raise Failure(Code.FAILED, f"nothing was changed: what was before can not be kept ({error})") from None
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None


def _finish_idle(plan: Plan) -> None:
    """Nothing is left to do: that is a failure only if something was refused."""
    if not plan.refused:
        say(f"nothing to do: {plan.idle}")
    report.finish(_refusals(plan))
    raise typer.Exit(Code.OK)


def _left_out(plan: Plan) -> list[str]:
    return [f"! left out: {text}" for text in _refusals(plan)]


def _refusals(plan: Plan) -> list[str]:
    texts = list(dict.fromkeys(item.problem.text for item in plan.refused if item.problem is not None))
    more = [f"and {len(texts) - _MOST} more; --json has them all"] if len(texts) > _MOST else []
    return [*texts[:_MOST], *more]


def _told(plan: Plan, ended: Ended) -> list[str]:
    """Say what was done; what was not is given back."""
    if ended.entry is None:
        return [f"nothing was changed: {problem.text}" for problem in ended.failed.values()]
    done = len(ended.results) - len(ended.failed)
    if done:
        how = "done" if not ended.failed else f"{done} of {len(ended.results)} done"
        back = "" if plan.cannot_undo else f"; kafkatui undo {ended.entry.id}"
        say(f"{plan.what}: {how}{back}")
    failed = [f"{name}: {problem.text}" for name, problem in ended.failed.items()]
    return [*failed, *([f"the journal could not be written: {in_words(ended.unkept)}"] if ended.unkept else [])]


def seconds(asking: Asking) -> float:
    """How long rates are measured for a plan: where nobody looks at it before, not at all."""
    from kafkatui.topic_changes.activity import RATE_SECONDS

    return 0.0 if asking.yes and not asking.dry_run else RATE_SECONDS


def targets(words: Sequence[str]) -> dict[str, frozenset[int] | None]:
    """`orders` or `orders:0,2-4` each, as topics and partitions; None: all of them. Raises Failure."""
    found: dict[str, frozenset[int] | None] = {}
    for word in words:
        name, colon, numbers = word.partition(":")
        if not name:
            raise Failure(Code.USAGE, f"{word!r} names no topic; write it as TOPIC or TOPIC:0,2-4")
        try:
            chosen = naming.partitions(numbers) if colon else None
        except Failure:
            raise Failure(Code.USAGE, f"{numbers!r} is no list of partitions; write {name}:0,2-4") from None
        before = found.get(name, frozenset())
        found[name] = None if before is None or chosen is None else before | chosen
    return found


def pair(word: str) -> tuple[str, str]:
    """`name=value`; the value may hold more signs, or nothing. Raises Failure."""
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise Failure(Code.USAGE, f"{word!r} is not a config; write it as name=value")
    return name, value
