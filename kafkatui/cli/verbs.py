"""Commands that take words and have verbs, too: a first word that is no verb belongs to the command itself."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

ITSELF = "itself"
"""What the command is called among its verbs; nobody types it."""
_HELP = ("-h", "--help")


class Verbs(TyperGroup):
    """Hands everything to the command itself, unless the first word is a verb."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args = [ITSELF, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        # So that its help and its errors name the command as it was typed.
        return (None if name == ITSELF else name), command, rest
