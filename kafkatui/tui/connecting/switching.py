"""Which cluster is shown next: the contexts there are, how one gets its secrets, where one came from, what is kept.

The app shows it; nothing is dialled here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from textual.app import SuspendNotSupported

from kafkatui.config.errors import ConfigError
from kafkatui.config.listing import Listed
from kafkatui.model.connection import Connection
from kafkatui.tui.connecting.contexts import Contexts
from kafkatui.tui.connecting.draft import Draft
from kafkatui.tui.messages import SwitchTo
from kafkatui.tui.targets import Target


class Switching:
    """For one app."""

    def __init__(self, contexts: Contexts | None, suspend: Callable[[], AbstractContextManager[None]]) -> None:
        """`suspend`: the screen is away as long as it lasts."""
        self.contexts = contexts
        self.before: Connection | None = None
        """The cluster one came from, until the next one answers."""
        self.draft: Draft | None = None
        """What is kept once a cluster answers."""
        self._suspend = suspend

    def listed(self) -> tuple[Sequence[Listed], str]:
        """Those there are now, and what is wrong where that can not be told."""
        try:
            return (() if self.contexts is None else self.contexts.listed()), ""
        except ConfigError as error:
            return (), str(error)

    def targets(self) -> Iterator[Target]:
        """Where `:context NAME` leads."""
        found, wrong = self.listed()
        if wrong:
            yield Target("problem", "config", wrong, "app.contexts")
        for each in found:
            marks = ["production"] if each.production else []
            marks += ["read-only"] if each.read_only else []
            note = each.problem or "   ".join([each.bootstrap, *marks])
            yield Target("context", each.name, note, SwitchTo(each.name))

    def connection(self, name: str) -> Connection:
        """As the files say now, with its secrets. Raises ConfigError."""
        contexts = self.contexts
        found = None if contexts is None else next((each for each in contexts.listed() if each.name == name), None)
        if contexts is None or found is None:
            raise ConfigError(f"there is no context {name}")
        if not found.needs_terminal:
            return contexts.connection(name)
        try:
            with self._suspend():
                return contexts.connection(name)
        except SuspendNotSupported:
            how = "and this terminal can not be given away; kafkatui -c asks first"
            raise ConfigError(f"context {name} asks for a secret at the terminal, {how}") from None

    def keep(self) -> str:
        """Write down what was typed, now that it leads to a cluster; what to say about it."""
        draft, self.draft = self.draft, None
        if draft is None or self.contexts is None:
            return ""
        try:
            return f"kept as context {draft.name.strip()} in {self.contexts.save(draft.name.strip(), draft.table())}"
        except ConfigError as error:
            return f"not kept: {error}"
