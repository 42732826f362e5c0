"""The way of every change of offsets: look, show, ask, change, tell. What is planned is the command's."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from kafkatui.cli import connect, interrupts, reconcile, report
from kafkatui.cli.changing import Asking, confirmed, journal, show, tell_audit_topic
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.offset_plan import Written, left_out, lines
from kafkatui.cli.plan_output import PlanPrinting
from kafkatui.model.connection import Connection
from kafkatui.model.counted import counted
from kafkatui.model.errors import Unreachable
from kafkatui.resets.groups_now import Source
from kafkatui.resets.plan import Plan
from kafkatui.undo.journal import Result
from kafkatui.undo.kinds import Impossible

if TYPE_CHECKING:
    from kafkatui.resets.run import Ran

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One change of offsets that a command asks for."""

    connection: Connection
    asking: Asking
    printing: PlanPrinting
    schema: str
    """Of its JSON document: `reset`."""
    command: Sequence[str]
    """The command line that does the same, without the cluster: `groups`, `reset`, `billing`, ..."""
    plan: Callable[[Source], Awaitable[Plan]]
    doing: str = "change"
    """`reset` in `reset 3 offsets of billing`."""


def change(wanted: Wanted) -> None:
    """Plan, ask and do it, and end the command with the code for how it went. Raises Failure."""
    wanted.printing.check()
    place = place_of(wanted.connection)
    written = Written(wanted.schema, place, connect.clock(), wanted.asking.dry_run)
    plan = run(_plan(wanted), lambda reasons: wanted.printing.emit(written.refusal(reasons)))
    if plan.is_empty:
        show(lines(plan, place))
        say("nothing changes")
    elif confirmed(lines(plan, place), _question(wanted, plan), wanted.asking, on=wanted.connection):
        _do(wanted, plan, written)
        return
    wanted.printing.emit(written.document(plan))
    # Whoever says no did not get what the command was for: what a script does next must not go on.
    if plan.omitted or not (plan.is_empty or wanted.asking.dry_run):
        raise typer.Exit(Code.FAILED)


def _do(wanted: Wanted, plan: Plan, written: Written) -> None:
    from kafkatui.resets.run import carry_out  # sends: loads aiokafka and kio

    async def doing() -> Ran:
        async with connect.open_changing(wanted.connection) as cluster:
            made = await carry_out(cluster, plan, journal(), command_line(wanted.command, wanted.connection))
        await tell_audit_topic(wanted.connection, plan.cluster_id)
        return made

    ran = run(
        doing(),
        lambda reasons: wanted.printing.emit({**written.document(plan), "problem": "; ".join(map(str.strip, reasons))}),
    )
    wanted.printing.emit(written.document(plan, ran))
    _tell(ran)
    report.finish([*left_out(plan), *(f"group {name}: {problem.text}" for name, problem in ran.failed)])


def _tell(ran: Ran) -> None:
    if ran.entry.result is Result.UNKNOWN:
        say(f"it is not known what became of it; kafkatui undo {ran.entry.id} looks, and gives back what was before")
        return
    done = sum(problem is None for problem in ran.said.values())
    gone = [group for group, problem in ran.groups.items() if problem is None]
    what = f"{counted(len(gone), 'group')} deleted" if ran.groups else f"{counted(done, 'offset')} changed"
    back = ran.entry.change.cannot_undo or f"kafkatui undo {ran.entry.id} gives back what was before"
    say(f"{what}; {back}" if done or gone else what)


def _question(wanted: Wanted, plan: Plan) -> str:
    groups = ", ".join(group.group for group in plan.groups)
    if any(group.deletes for group in plan.groups):
        return f"delete {counted(len(plan.groups), 'group')} ({groups}) on cluster {place_of(wanted.connection)}"
    what = f"{counted(plan.changes, 'offset')} of {groups}"
    return f"{wanted.doing} {what} on cluster {place_of(wanted.connection)}"


async def _plan(wanted: Wanted) -> Plan:
    async with connect.open_source(wanted.connection) as source:
        if not wanted.asking.dry_run:
            await reconcile.reconcile(source, wanted.connection, journal())
        plan = await wanted.plan(source)  # type: ignore[arg-type]
    wanted.connection.check(plan.cluster_id)
    return plan


def run(doing: Coroutine[Any, Any, _Found], refused: Callable[[Sequence[str]], None] = lambda reasons: None) -> _Found:
    """Run it; what stands against it as a whole ends the command, and `refused` hears it. Raises Failure."""
    try:
        return interrupts.run(doing)
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
    except Impossible as error:
        refused(error.sentences)
        report.finish(error.sentences)
        raise AssertionError("a refusal says why") from error


def place_of(connection: Connection) -> str:
    """What a person calls the cluster: its context, or where they reach it."""
    return connection.context or ",".join(connection.bootstrap)


def command_line(words: Sequence[str], connection: Connection) -> str:
    """For the audit: no secrets are in it, and nobody is asked again."""
    return shlex.join(["kafkatui", *words, "-y", *connection.flags()])
