"""What alerts write to the terminal: bell, OSC 9, and the title. No text of the cluster's gets out of its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kafkatui.model.alert_rules import AlertRule, Notify
from kafkatui.model.alerts import Alert
from kafkatui.safe_text import safe_text, shorten

BELL_SECONDS = 5.0
"""Between two bells at least."""
LONGEST = 120
"""Characters of a notification or a title."""
_BELL, _OSC, _END = "\a", "\x1b]", "\a"
_KEEP_TITLE, _GIVE_BACK_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""XTWINOPS: the title onto the terminal's stack, and back from it."""


class Notices:
    """Writes through `write`, in whole sequences only."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._last_bell = float("-inf")
        self._has_title = False

    def tell(self, alerts: Sequence[Alert], active: Sequence[AlertRule], now: float) -> None:
        """What began and ended with one reading; `active`: the rules that hold. `now`: epoch seconds."""
        if self._wanted(alerts, Notify.BELL) and not 0 <= now - self._last_bell < BELL_SECONDS:
            self._last_bell = now
            self._write(_BELL)
        said = self._wanted(alerts, Notify.OSC9)
        if said:
            # Not a number in front: to some terminals that is a progress bar.
            self._write(f"{_OSC}9;kafkatui: {_words(said)}{_END}")
        self._set_title(self._wanted(alerts, Notify.TITLE), sum(Notify.TITLE in rule.notify for rule in active))

    def _wanted(self, alerts: Sequence[Alert], how: Notify) -> list[Alert]:
        return [alert for alert in alerts if how in alert.rule.notify]

    def _set_title(self, alerts: Sequence[Alert], active: int) -> None:
        began = [alert for alert in alerts if alert.begins]
        if not active:
            self.close()
        elif alerts:
            keep = "" if self._has_title else _KEEP_TITLE
            self._has_title = True
            words = f"{_words(began)}, {active} in all" if began else f"{active} alerts"
            self._write(f"{keep}{_OSC}2;! {words} - kafkatui{_END}")

    def close(self) -> None:
        """Give back the title the terminal had."""
        if self._has_title:
            self._has_title = False
            self._write(_GIVE_BACK_TITLE)


def _words(alerts: Sequence[Alert]) -> str:
    more = f" (+{len(alerts) - 1})" if len(alerts) > 1 else ""
    return _bare(alerts[0].event.text) + more


def _bare(text: str) -> str:
    """Printable ASCII: in a terminal that is not set to UTF-8 the second half of a letter may end a sequence."""
    shown = shorten(safe_text(text), LONGEST).replace("…", "...").replace("→", "->")
    return "".join(letter if " " <= letter <= "~" else "?" for letter in shown)
