"""Names of a live cluster for the shell's completion: within a second, or none. Commands never come through here."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import TYPE_CHECKING

import typer

from kafkatui.cli import verbs
from kafkatui.cli.connect import connection_of, read_cluster
from kafkatui.cli.flags import Where

if TYPE_CHECKING:
    from kafkatui.model.snapshot import Snapshot
    from kafkatui.monitor import Want

_SECONDS = 1.0


def topics(ctx: typer.Context, incomplete: str) -> list[str]:
    from kafkatui.monitor import Want

    return [name for name in _read(ctx, Want.TOPOLOGY).topics if name.startswith(incomplete)]


def topics_or_verbs(ctx: typer.Context, incomplete: str) -> list[str]:
    """For the words of a listing command, the first of which may be a verb."""
    return [*verbs.completed(ctx, incomplete), *topics(ctx, incomplete)]


def groups(ctx: typer.Context, incomplete: str) -> list[str]:
    from kafkatui.monitor import Want

    return [name for name in _read(ctx, Want.TOPOLOGY | Want.GROUPS).groups if name.startswith(incomplete)]


def brokers(ctx: typer.Context, incomplete: str) -> list[str]:
    from kafkatui.monitor import Want

    names = map(str, sorted(_read(ctx, Want.TOPOLOGY).brokers))
    return [name for name in names if name.startswith(incomplete)]


def _read(ctx: typer.Context, wants: Want) -> Snapshot:
    from kafkatui.model.snapshot import NOTHING

    try:
        connection = connection_of(_where(ctx), warn=lambda sentence: None)
        if connection is None:
            return NOTHING
        return asyncio.run(asyncio.wait_for(read_cluster(connection, wants), _SECONDS))
    except Exception:
        # Whatever is wrong would land in the middle of the line the person is typing.
        return NOTHING


def _where(ctx: typer.Context) -> Where:
    """The flags typed so far, also those in front of the command."""
    above = ctx.parent.params if ctx.parent is not None else {}
    given = {each.name: ctx.params.get(each.name) or above.get(each.name) for each in fields(Where)}
    return Where(**{name: value for name, value in given.items() if value})
