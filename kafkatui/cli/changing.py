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

from kafkatui.cli import interrupts
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


def confirmed(plan: Sequence[str], question: str, asking: Asking, *, typed: str | None = None) -> bool:
    """Show the plan on stderr, and whether to go on: never in a dry run.

    `question` without its mark: `reset 3 offsets of billing on cluster q3xK`. `typed`: what a person has to type
    instead of `y`, for what has no way back. Raises Failure when nobody can be asked.
    """
    show(plan)
    if asking.dry_run:
        _show("dry run: nothing was changed")
        return False
    if asking.yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Failure(Code.USAGE, "nobody can be asked here: give --yes to do it, or --dry-run to see the plan only")
    return _asked(question, typed)


def show(plan: Sequence[str]) -> None:
    """A plan on stderr, as `confirmed` shows it: for one that has nothing to ask."""
    for line in plan:
        _show(line)


def _asked(question: str, typed: str | None) -> bool:
    wanted = "y" if typed is None else typed
    how = "y/N" if typed is None else f"type {safe_text(typed)} to go on"
    sys.stderr.write(f"{safe_text(question)}? [{how}] ")
    sys.stderr.flush()
    with interrupts.asking():
        answer = sys.stdin.readline().strip()
    if answer == wanted or (typed is None and answer.lower() in ("y", "yes")):
        return True
    say("nothing was changed")
    return False


def _show(line: str) -> None:
    sys.stderr.write(f"{safe_text(line)}\n")
    sys.stderr.flush()
