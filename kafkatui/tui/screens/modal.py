"""What lies over a place and gives something back. What it shows is decided by each such screen."""

from __future__ import annotations

from textual.screen import ModalScreen, ScreenResultType

from kafkatui.tui.keys import bindings


class Modal(ModalScreen[ScreenResultType]):
    """Closed once, however many keys were on their way when it closed."""

    BINDINGS = bindings("modal")

    def close(self, result: ScreenResultType | None = None) -> None:
        # A second dismissal would take away the screen below, and with the last one the app.
        if self.is_active:
            self.dismiss(result)
