"""The flags that say which records are wanted, for every command that takes some. What they mean is in `filters`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import typer

from kafkatui.filters import Selection


@dataclass(frozen=True)
class Filtering:
    """Which records are wanted; all that is asked for must hold."""

    grep: Annotated[
        list[str],
        typer.Option("--grep", metavar="TEXT", help="With this text in the key, the value or a header value."),
    ] = field(default_factory=list)
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="With exactly this key.")] = None
    header: Annotated[
        list[str], typer.Option("--header", metavar="NAME[=VALUE]", help="With this header, or with this value in it.")
    ] = field(default_factory=list)
    expression: Annotated[
        list[str],
        typer.Option(
            "--where", metavar="EXPR", help='A CEL expression: value.status == "failed" && value.amount > 100.'
        ),
    ] = field(default_factory=list)

    @property
    def selection(self) -> Selection:
        return Selection(tuple(self.grep), self.key, tuple(self.header), tuple(self.expression))
