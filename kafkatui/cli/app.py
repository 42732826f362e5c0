"""The commands and the one place that turns whatever ends a command into an exit code. Each command has a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from kafkatui.cli.connect import connection_of
from kafkatui.cli.exits import Code, Failure, in_words, open_closed_streams, say
from kafkatui.cli.flags import Where, with_flags
from kafkatui.cli.report import on_terminal, write
from kafkatui.cli.verbs import WithVerbs, load
from kafkatui.config.choose import DEV
from kafkatui.model.connection import Connection

_COMMANDS = {
    "lag": "kafkatui.cli.lag:lag",
    "topics": "kafkatui.cli.topics:topics",
    "brokers": "kafkatui.cli.brokers:brokers",
    "groups": "kafkatui.cli.groups:groups",
    "read": "kafkatui.cli.read:read",
    "produce": "kafkatui.cli.produce:produce",
    "replay": "kafkatui.cli.replay:replay",
    "dlq": "kafkatui.cli.dlq:app",
    "undo": "kafkatui.cli.undo:undo",
    "doctor": "kafkatui.cli.doctor:doctor",
    "config": "kafkatui.cli.config:app",
    "demo": "kafkatui.cli.app:demo",
    "dev": "kafkatui.cli.dev:app",
}
"""Where each command is; its module is imported when it is used, so that none slows down another."""
_VERBS = {
    "topics": {
        "create": "kafkatui.cli.topic_create:create",
        "delete": "kafkatui.cli.topic_delete:delete",
        "add-partitions": "kafkatui.cli.topic_partitions:add_partitions",
        "config": "kafkatui.cli.topic_config:config",
        "delete-records": "kafkatui.cli.topic_records:delete_records",
        "elect-leaders": "kafkatui.cli.topic_leaders:elect_leaders",
    },
    "groups": {
        "reset": "kafkatui.cli.group_reset:reset",
        "delete": "kafkatui.cli.group_delete:delete",
        "export": "kafkatui.cli.group_export:export",
    },
    "replay": {
        "list": "kafkatui.cli.replay_jobs:list_jobs",
        "show": "kafkatui.cli.replay_jobs:show",
        "resume": "kafkatui.cli.replay_jobs:resume",
        "verify": "kafkatui.cli.replay_jobs:verify",
    },
}
"""What a command can do besides; where no verb stands, it takes names."""
_ALIASES = {"topic": "topics", "broker": "brokers", "group": "groups"}
_ALIASES |= {"consumer-groups": "groups", "consumer-group": "groups"}
_KUBECTL = ("get", "describe")
WORDS = frozenset({*_COMMANDS, *_ALIASES, *_KUBECTL, *(verb for verbs in _VERBS.values() for verb in verbs)})
"""Every word that is a command, not anybody's data."""
_NOUNS = ("topics", "brokers", "groups")
_LETTERS = ("causes", "show", "redrive")
"""The commands of `dlq`, which take the flags of a cluster too."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What the command line opens but must not know."""

    open_screen: Callable[[Connection | None, Path | None], int]
    """Shows the terminal interface, and records into the file if one is named; the exit code when it is left."""
    open_recording: Callable[[Path], int]
    """The same with a recording instead of a cluster."""
    version: Callable[[], str]


class Commands(TyperGroup):
    """Imports a command when it is asked for; `get topics` and `describe topic` lead to `topics`."""

    names: Sequence[str] = tuple(_COMMANDS)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # Typer lists these and looks here for what a mistyped name may have meant.
        self.commands = dict.fromkeys(self.names)  # type: ignore[assignment]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        name = _ALIASES.get(cmd_name, cmd_name)
        if name in _KUBECTL and not isinstance(self, Nouns):
            return Nouns(name=name, hidden=True, rich_markup_mode=None)
        return self.load(name) if name in self.names else None

    def load(self, name: str) -> Any:
        verbs = _VERBS.get(name)
        if verbs is None:
            return load(_COMMANDS[name], name)
        command = load(_COMMANDS[name], name, WithVerbs)
        command.verbs = verbs
        return command


class Nouns(Commands):
    """What `get` and `describe` can be followed by. They never change anything: here no word is a verb."""

    names = _NOUNS

    def load(self, name: str) -> Any:
        return load(_COMMANDS[name], name)


def run(arguments: Sequence[str], doors: Doors) -> int:
    """Run one command line; the exit code. What is not a known way to fail is a bug and leaves as an exception."""
    app = typer.Typer(
        cls=Commands,
        invoke_without_command=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A name the locale can not spell must not end a command.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = typer.main.get_command(app).main(list(arguments), prog_name="kafkatui", standalone_mode=False, obj=doors)
    except Failure as failure:
        say(str(failure))
        return failure.code
    except typer.TyperException as error:
        _tell(error.format_message(), getattr(error, "ctx", None))
        return error.exit_code
    except OSError as error:  # help on a full disk, for one; a command's own files it names itself
        say(in_words(error))
        return Code.FAILED
    except typer.Abort:
        return Code.INTERRUPTED
    return code if isinstance(code, int) else Code.OK


@with_flags
def root(
    ctx: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Record the session on screen into a new file.")
    ] = None,
    replay_session: Annotated[
        Path | None,
        typer.Option("--replay-session", metavar="FILE", help="Open a recording on screen; no cluster is asked."),
    ] = None,
    where: Where,
) -> None:
    """The terminal tool for Apache Kafka: brokers, topics, replicas and groups with their true lag, live.

    Without a command it opens the screen.
    """
    doors: Doors = ctx.obj
    if version:
        write([f"kafkatui {doors.version()}"])
    elif ctx.invoked_subcommand is not None:
        if record is not None or replay_session is not None:
            flag = "--record" if record is not None else "--replay-session"
            raise Failure(Code.USAGE, f"{flag} is for the screen, not for {ctx.invoked_subcommand}")
        # Flags in front of a command count as if they stood behind it.
        flags = _flags_of(where)
        commands: dict[str, Any] = dict.fromkeys([*_COMMANDS, *_ALIASES], flags)
        commands["dlq"] = dict.fromkeys(_LETTERS, flags)
        ctx.default_map = commands | dict.fromkeys(_KUBECTL, commands)
    elif replay_session is not None:
        if record is not None or _flags_of(replace(where, log_file=None)):
            raise Failure(Code.USAGE, "--replay-session asks no cluster: it goes with no other flag")
        _needs_terminal()
        raise typer.Exit(doors.open_recording(replay_session))
    else:
        _needs_terminal()
        raise typer.Exit(doors.open_screen(connection_of(where), record))


def _flags_of(where: Where) -> dict[str, Any]:
    """Those that were given."""
    return {name: value for name, value in asdict(where).items() if value not in (None, [], False)}


def demo(
    ctx: typer.Context,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the mini-cluster running afterwards.")] = False,
) -> None:
    """Start a real Kafka with living sample data on this machine, and open the screen on it."""
    from kafkatui.cli.demo import start_demo  # loads the mini-cluster

    _needs_terminal()
    doors: Doors = ctx.obj

    def open_screen(bootstrap: str) -> int:
        # A cluster of our own, made for trying things.
        return doors.open_screen(Connection(tuple(bootstrap.split(",")), context=DEV, read_only=False), None)

    code = start_demo(keep, open_screen)
    raise typer.Exit(code)


def _needs_terminal() -> None:
    if not (sys.stdin.isatty() and on_terminal()):
        raise Failure(Code.USAGE, "the screen needs a terminal; kafkatui --help lists what scripts can use")
    if os.environ.get("TERM", "") in ("", "dumb"):
        kind = "is not set" if not os.environ.get("TERM") else "is dumb"
        raise Failure(Code.USAGE, f"TERM {kind}: the screen needs a terminal that can move its cursor")


def _tell(message: str, ctx: typer.Context | None) -> None:
    """One sentence that leads to the help; or the help itself, where a command is missing."""
    if "\n" in message:
        sys.stderr.write(f"{message}\n")
    elif ctx is None or message.endswith("?"):
        say(message)
    else:
        say(f"{message.rstrip('.')}; see {ctx.command_path} --help")
