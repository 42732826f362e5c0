"""`kafkatui groups delete`: groups, or their offsets of some topics. Flags in; the plan is made in `resets`."""

from __future__ import annotations

from typing import Annotated

import typer

from kafkatui.cli import complete, connect
from kafkatui.cli.changing import Asking
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.group_scopes import Topics, scopes_of
from kafkatui.cli.offset_change import Wanted, change
from kafkatui.cli.plan_output import PlanPrinting
from kafkatui.resets.deleting import plan_delete_groups, plan_delete_offsets


@with_flags
def delete(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="GROUP...", autocompletion=complete.groups, help="Groups by name.")
    ] = None,
    *,
    group: Annotated[
        list[str] | None, typer.Option("-g", "--group", metavar="GROUP", hidden=True, help="The same as an argument.")
    ] = None,
    topic: Topics = None,
    asking: Asking,
    printing: PlanPrinting,
    where: Where,
) -> None:
    """Delete groups with all their offsets; with -t only their offsets of these topics. The plan comes first.

    A group must have no members; with -t, none that read these topics. kafkatui undo gives the offsets back.
    """
    wanted, scopes = list(dict.fromkeys([*(names or ()), *(group or ())])), scopes_of(topic)
    if not wanted:
        raise Failure(Code.USAGE, "which group? name one or more")
    connection = connect.needed_connection(where) if asking.dry_run else connect.writing_connection(where)
    change(
        Wanted(
            connection=connection,
            asking=asking,
            printing=printing,
            schema="delete",
            command=["groups", "delete", *wanted, *(word for each in topic or () for word in ("-t", each))],
            plan=lambda source: (
                plan_delete_offsets(source, wanted, scopes) if scopes else plan_delete_groups(source, wanted)
            ),
            doing="delete",
        )
    )
