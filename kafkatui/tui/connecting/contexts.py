"""What the screens ask for contexts; the door answers it from the config files, tests script another. Types only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kafkatui.config.listing import Listed
from kafkatui.model.connection import Connection


class Contexts(Protocol):
    """Each answer is of the files as they are at that moment. Every method may raise `ConfigError`."""

    def listed(self) -> Sequence[Listed]: ...

    def connection(self, name: str) -> Connection:
        """With its secrets, which may be asked for at the terminal: the screen has to be away meanwhile."""

    def variable(self, name: str) -> str:
        """What an environment variable holds."""

    def check_name(self, name: str) -> None:
        """Raises `ConfigError` for a name that no new context can have."""

    def save(self, name: str, table: Mapping[str, Any]) -> str:
        """Write a new context into the user's file, and make it the current one; where it went."""
