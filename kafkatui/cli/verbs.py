"""Commands that list things by name and have verbs besides: `topics orders` lists, `topics delete orders` deletes.

The first word that is no flag decides; a word that is no verb is a name. Which verbs there are is the command line's.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand


class WithVerbs(TyperCommand):
    """A listing command that hands over to a verb. A thing that is called like a verb is named by its flag."""

    verbs: Mapping[str, str] = {}
    """`module:function` of each verb, imported when it is used."""

    def make_context(self, info_name: Any, args: list[str], parent: Any = None, **extra: Any) -> Any:
        before, rest = self._parted(args)
        if not rest or rest[0] not in self.verbs:
            return super().make_context(info_name, args, parent, **extra)
        if parent is not None and parent.default_map is not None:
            # Flags in front of the command count as if they stood behind it.
            extra.setdefault("default_map", parent.default_map.get(info_name))
        verb = load(self.verbs[rest[0]], rest[0])
        return verb.make_context(f"{info_name} {rest[0]}", [*before, *rest[1:]], parent, **extra)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(name, load(where, name).get_short_help_str(70)) for name, where in self.verbs.items()])

    def _parted(self, args: list[str]) -> tuple[list[str], list[str]]:
        """The flags in front of the first name, with their values, and what follows."""
        valued = {name for each in self.params if not getattr(each, "is_flag", True) for name in each.opts}
        at = 0
        while at < len(args) and args[at].startswith("-") and args[at] not in ("-", "--"):
            at += 2 if args[at] in valued else 1
        return args[:at], args[at:]


def load(where: str, name: str, cls: type[TyperCommand] | None = None) -> Any:
    """The command at `module:function`, or the group of commands that a `typer.Typer` there is."""
    module, _, attribute = where.partition(":")
    found = getattr(import_module(module), attribute)
    around = typer.Typer(add_completion=False, rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name, cls=cls)(found)
    return typer.main.get_group(around).commands[name]


def completed(ctx: typer.Context, incomplete: str) -> list[str]:
    """Verbs that can still come: only the first word can be one."""
    verbs = ctx.command.verbs if isinstance(ctx.command, WithVerbs) and not ctx.params.get("names") else {}
    return [verb for verb in verbs if verb.startswith(incomplete)]
