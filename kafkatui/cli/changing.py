"""What every command that changes something does before: shows its plan, asks, and opens the journal.

On a terminal it asks; without one it needs `--yes`. What the plan says and what is changed is the command's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from kafkatui.cli import person
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.config.places import undo_folder
from kafkatui.model.connection import Connection
from kafkatui.safe_text import safe_text
from kafkatui.undo.journal import Journal


@dataclass(frozen=True)
class Asking:
    """Whether a person is asked, and whether anything is done."""

    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and change nothing.")] = False


def journal() -> Journal:
    """Where the state before each change is kept."""
    return Journal(undo_folder(os.environ))


async def tell_audit_topic(connection: Connection, cluster_id: str | None) -> None:
    """After a change, and before the next: what happened, for the topic that the context names."""
    if connection.audit_topic is None:
        return
    from kafkatui.undo.audit_topic import publish  # loads aiokafka

    problem = await publish(connection, cluster_id, journal())
    if problem is not None:
        topic = safe_text(connection.audit_topic)
        say(f"the audit topic {topic} could not be written: {problem.text}; it is with the next change")


def confirmed(
    plan: Sequence[str], question: str, asking: Asking, *, on: Connection | None, typed: str | None = None
) -> bool:
    """Show the plan on stderr, and whether to go on: never in a dry run.

    `question` without its mark: `reset 3 offsets of billing on cluster q3xK`. `on`: the cluster that is changed; None:
    none is. `typed`: what a person has to type instead of `y`, for what has no way back. Raises Failure when nobody can
    be asked.
    """
    show(plan)
    if asking.dry_run:
        _show("dry run: nothing was changed")
        return False
    if not asking.yes and not person.is_here():
        raise Failure(Code.USAGE, "nobody can be asked here: give --yes to do it, or --dry-run to see the plan only")
    is_agreed = (asking.yes or _asked(question, typed, on)) and names_production(on)
    if not is_agreed:
        say("nothing was changed")
    return is_agreed


def names_production(on: Connection | None) -> bool:
    """Whether a change may go on as far as the context is concerned: of a production one the name is typed, always.

    Where nobody can type it, `connect.writing_connection` wanted `--read-write` before.
    """
    if on is None or not on.production or on.context is None or not person.is_here():
        return True
    return person.types(f"{on.context} is production", on.context)


def show(plan: Sequence[str]) -> None:
    """A plan on stderr, as `confirmed` shows it: for one that has nothing to ask."""
    for line in plan:
        _show(line)


def _asked(question: str, typed: str | None, on: Connection | None) -> bool:
    if typed is not None:
        return person.types(question, typed)
    # A name that is typed says more than a `y`.
    is_named = on is not None and on.production and on.context is not None
    return is_named or person.says_yes(question)


def _show(line: str) -> None:
    sys.stderr.write(f"{safe_text(line)}\n")
    sys.stderr.flush()
