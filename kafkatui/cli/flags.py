"""The flags that are the same on every command, declared once. What they lead to is decided elsewhere."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_type_hints

import typer

from kafkatui import logs
from kafkatui.cli.exits import Code, Failure


class Output(StrEnum):
    """How data is printed."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    PROMETHEUS = "prometheus"


Partitions: TypeAlias = Annotated[
    str | None, typer.Option("-p", "--partitions", metavar="LIST", help="Only these partitions: 0,2-4.")
]


def _log(path: Path | None) -> Path | None:
    """Begun as soon as the flag is read, before anything is connected."""
    if path is not None:
        try:
            logs.to_file(path)
        except logs.LogError as error:
            raise Failure(Code.USAGE, str(error)) from None
    return path


@dataclass(frozen=True)
class Where:
    """Which cluster, and how to get in."""

    bootstrap: Annotated[
        list[str],
        typer.Option(
            "--bootstrap-server", "-b", metavar="HOST:PORT", help="Brokers to ask first, with commas between."
        ),
    ] = field(default_factory=list)
    bootstrap_too: Annotated[list[str], typer.Option("--bootstrap-servers", "--brokers", hidden=True)] = field(
        default_factory=list
    )
    context: Annotated[
        str | None, typer.Option("--context", "-c", metavar="NAME", help="A cluster named in the config file.")
    ] = None
    pairs: Annotated[
        list[str],
        typer.Option("-X", metavar="KEY=VALUE", help="A client property by its Java or librdkafka name."),
    ] = field(default_factory=list)
    command_config: Annotated[
        str | None, typer.Option("--command-config", metavar="FILE", help="Kafka's own client.properties, as it is.")
    ] = None
    timeout: Annotated[
        str | None,
        typer.Option("--timeout", metavar="TIME", help="Wait at most this long for a broker: 500ms, 5s, 1m."),
    ] = None
    read_write: Annotated[
        bool, typer.Option("--read-write", help="Allow changes this once, where the context is read-only.")
    ] = False
    log_file: Annotated[
        Path | None,
        typer.Option(
            "--log-file",
            metavar="FILE",
            envvar="KAFKATUI_LOG",
            show_envvar=False,
            callback=_log,
            help="Write connections and requests there, without data and secrets.",
        ),
    ] = None


ExactCsv = Annotated[
    bool,
    typer.Option("--exact-csv", help="csv without the apostrophe in front of what a spreadsheet takes for a formula."),
]


@dataclass(frozen=True)
class Printing:
    """How the answer is printed."""

    output: Annotated[Output | None, typer.Option("--output", help="How to print; table by default.")] = None
    json: Annotated[bool, typer.Option("--json", help="Short for --output json.")] = False
    no_headers: Annotated[bool, typer.Option("--no-headers", help="No header line in table and csv.")] = False
    exact_csv: ExactCsv = False

    @property
    def format(self) -> Output:
        if self.json and self.output not in (None, Output.JSON):
            raise Failure(Code.USAGE, f"--json and --output {self.output} contradict each other")
        return Output.JSON if self.json else self.output or Output.TABLE


def with_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of every parameter whose type is a dataclass of flags, such as `Where`."""
    shape = inspect.signature(command, eval_str=True)
    bundles: dict[str, Any] = {
        name: each.annotation for name, each in shape.parameters.items() if is_dataclass(each.annotation)
    }

    @wraps(command)
    def run(**given: Any) -> None:
        for name, bundle in bundles.items():
            given[name] = bundle(**{each.name: given.pop(each.name) for each in fields(bundle)})
        command(**given)

    own = [each for name, each in shape.parameters.items() if name not in bundles]
    shared = [option for bundle in bundles.values() for option in _options(bundle)]
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *shared)]
    run.__signature__ = shape.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _options(bundle: Any) -> list[inspect.Parameter]:
    types = get_type_hints(bundle, include_extras=True)
    return [
        inspect.Parameter(
            each.name, inspect.Parameter.KEYWORD_ONLY, default=_default(each), annotation=types[each.name]
        )
        for each in fields(bundle)
    ]


def _default(each: Field[Any]) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()
