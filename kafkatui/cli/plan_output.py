"""How commands that change something print their plan: for people on stderr, or as one JSON document on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.report import on_terminal, write


class PlanOutput(StrEnum):
    """How the plan and what became of it are printed."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True)
class PlanPrinting:
    """How the plan is printed."""

    output: Annotated[
        PlanOutput | None, typer.Option("--output", help="json: the plan and its result on stdout; table by default.")
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Short for --output json.")] = False

    def check(self) -> None:
        """Raises Failure."""
        if self.json and self.output is PlanOutput.TABLE:
            raise Failure(Code.USAGE, "--json and --output table contradict each other")

    @property
    def is_json(self) -> bool:
        return self.json or self.output is PlanOutput.JSON

    def emit(self, document: Mapping[str, Any]) -> None:
        """On stdout, where it is wanted."""
        if self.is_json:
            write([json.dumps(document, indent=2 if on_terminal() else None).replace("\x7f", "\\u007f")])
