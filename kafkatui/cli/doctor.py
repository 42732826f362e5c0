"""`kafkatui doctor`: why a cluster can not be reached, step by step, and what about it should be better."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import Annotated

import typer

from kafkatui.cli import connect
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.plan_output import PlanOutput, PlanPrinting
from kafkatui.config.choose import DEV, chosen_context
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import read_files
from kafkatui.model.connection import Connection


@dataclass(frozen=True)
class StepPrinting(PlanPrinting):
    """How the steps are printed."""

    output: Annotated[
        PlanOutput | None, typer.Option("--output", help="json: one document once all is done; lines by default.")
    ] = None


@with_flags
def doctor(
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 4 if there is any warning, advice on the cluster included.")
    ] = False,
    printing: StepPrinting,
    where: Where,
) -> None:
    """Try the connection step by step, look at the cluster, and say what should be better. Changes nothing.

    Exit code 0: all steps are ok, whatever the advice; 1: a step failed, such as a broker's own address; 3: no address
    lets us in, or it is another cluster.
    """
    printing.check()
    connection = connect.needed_connection(where)
    from kafkatui.cli.examining import examine  # loads aiokafka and kio: not for --help

    code = asyncio.run(examine(connection, origin(connection, where), strict=strict, as_json=printing.is_json))
    if code is not Code.OK:
        raise typer.Exit(code)


def origin(connection: Connection, where: Where) -> str:
    """What named the cluster: a context with its file, a flag, a file or a variable. Raises Failure."""
    if connection.context is not None:
        return _context(connection.context, where)
    if where.bootstrap or where.bootstrap_too:
        return "-b"
    if where.command_config is not None:
        return where.command_config
    return "-X" if where.pairs else "KAFKATUI_BOOTSTRAP_SERVER"


def _context(name: str, where: Where) -> str:
    try:
        files = read_files(os.environ, connect.folder())
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None
    named = chosen_context(files, os.environ)
    by = "-c" if where.context is not None else named[1] if named is not None else "nothing else is named"
    context = files.contexts.get(name)
    if context is None:
        return f"the mini-cluster ({by})" if name == DEV else f"context {name} ({by})"
    return f"context {name} of {context.file} ({by})"
