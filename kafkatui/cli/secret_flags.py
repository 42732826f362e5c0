"""The flags that say where the secret of a login is kept, declared once. It never stands in one itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from kafkatui.cli.exits import Code, Failure


@dataclass(frozen=True)
class SecretFlags:
    """At most one of them is given."""

    env: Annotated[
        str | None,
        typer.Option("--password-env", metavar="VARIABLE", help="The variable that has password, secret or token."),
    ] = None
    file: Annotated[str | None, typer.Option("--password-file", metavar="FILE", help="The file that has it.")] = None
    command: Annotated[
        str | None, typer.Option("--password-command", metavar="COMMAND", help="The command that prints it.")
    ] = None
    prompt: Annotated[bool, typer.Option("--password-prompt", help="Ask for it, once a run.")] = False
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Keep secrets in the keyring; ask now for one that is not given.")
    ] = False

    @property
    def is_given(self) -> bool:
        return any((self.env, self.file, self.command, self.prompt, self.keyring))

    @property
    def names_login(self) -> bool:
        """Whether there has to be a login that the secret is for; the keyring may keep what a file holds."""
        return self.is_given and not self.keyring

    def check(self) -> None:
        """Raises Failure where more than one is given."""
        if sum(map(bool, (self.env, self.file, self.command, self.prompt, self.keyring))) > 1:
            raise Failure(Code.USAGE, "give one of --password-env, -file, -command, -prompt and --keyring")

    def place(self, key: str) -> tuple[str, object]:
        """The setting of a context that leads to its secret `key`."""
        file = self.file and (self.file if self.file.startswith("~") else str(Path(self.file).absolute()))
        for source, value in (("env", self.env), ("file", file), ("command", self.command)):
            if value:
                return f"{key}_{source}", value
        return f"{key}_prompt", True
