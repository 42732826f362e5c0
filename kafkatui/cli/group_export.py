"""`kafkatui groups export`: committed offsets as the CSV that Kafka's own tool writes and reads."""

from __future__ import annotations

from typing import Annotated

import typer

from kafkatui.cli import complete, connect, report
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.naming import matches, pick
from kafkatui.cli.offset_change import run
from kafkatui.model.commits import Commit, Committed
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem
from kafkatui.resets.csv_offsets import lines


@with_flags
def export(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="GROUP...", autocompletion=complete.groups, help="Groups by name or glob."),
    ] = None,
    *,
    group: Annotated[
        list[str] | None, typer.Option("-g", "--group", metavar="GROUP", hidden=True, help="The same as an argument.")
    ] = None,
    where: Where,
) -> None:
    """Print what groups have committed, as kafka-consumer-groups --export does: topic,partition,offset.

    Several groups, or a glob, have the group in front. groups reset --from-file and Kafka's own tool read both.
    """
    wanted = [*(names or ()), *(group or ())]
    if not wanted:
        raise Failure(Code.USAGE, "which group? name one or more")
    found, missing = run(_read(connect.needed_connection(where), wanted))
    failed, offsets = list(missing), {}
    for name, committed in found.items():
        if isinstance(committed, Problem):
            failed.append(f"group {name}: {committed.text}")
            continue
        offsets[name] = {where: each.offset for where, each in committed.items() if isinstance(each, Commit)}
        failed += [f"group {name}, {at}: {each.text}" for at, each in committed.items() if isinstance(each, Problem)]
    report.write(lines(offsets, with_group=len(wanted) > 1 or wanted != list(found)))
    report.finish(failed)


async def _read(connection: Connection, wanted: list[str]) -> tuple[dict[str, Committed | Problem], tuple[str, ...]]:
    async with connect.open_source(connection) as source:
        topology = await source.topology()
        connection.check(topology.cluster_id)
        listing = await source.groups(topology)
        hidden = await connect.hidden_groups_of(source, listing.groups, wanted)
        picked = pick(wanted, {name: None for name in listing.groups if matches(wanted, name)}, "group", hidden)
        committed = await source.committed([listing.groups[name] for name in picked.names])  # type: ignore[attr-defined]
    lost = [f"broker {node}: its groups could not be listed: {each.text}" for node, each in listing.problems.items()]
    return {name: committed[name] for name in picked.names}, (*picked.missing, *(lost if picked.missing else ()))
