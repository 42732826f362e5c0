"""A password or token that would go over the network without TLS: asked for once, said each time where nobody answers.

Which connections that concerns is decided in the model.
"""

from __future__ import annotations

import os

from kafkatui.cli import person
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.config.places import accepted_in_clear
from kafkatui.model.connection import Connection
from kafkatui.safe_text import safe_text


def accept(connection: Connection) -> None:
    """Go on only where a person has accepted it once, for these brokers. Raises Failure where one does not."""
    if not connection.tells_secret_in_clear or connection.bootstrap in _accepted():
        return
    brokers = safe_text(",".join(connection.bootstrap))
    if not person.is_here():
        say(f"the login goes to {brokers} without TLS: whoever is on the way can read it")
        return
    if not person.says_yes(f"the login would go to {brokers} without TLS: whoever is on the way can read it. Go on"):
        raise Failure(Code.FAILED, "nothing was sent")
    _remember(connection.bootstrap)


def _accepted() -> set[tuple[str, ...]]:
    try:
        lines = accepted_in_clear(os.environ).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return set()
    return {tuple(line.split(",")) for line in lines}


def _remember(bootstrap: tuple[str, ...]) -> None:
    file = accepted_in_clear(os.environ)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(",".join(bootstrap) + "\n")
    except OSError as error:
        say(f"{file} can not be written ({error.strerror}): it will be asked again")
