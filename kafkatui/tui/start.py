"""The door to the terminal interface: builds the app and runs it until the user leaves."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from kafkatui.history.recording import Recorder, Recording
from kafkatui.model.alert_rules import AlertRule
from kafkatui.model.connection import Connection
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.tui.app import EditRecord, KafkaTui, OpenMonitor, StartMiniCluster
from kafkatui.tui.connecting.contexts import Contexts
from kafkatui.tui.letters.source import OpenLetters
from kafkatui.tui.reading import OpenRecords
from kafkatui.tui.replays.source import OpenReplays

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
LAST_RESORT_SECONDS = 20
"""After a signal the process is gone by then, whatever still waits: a closed terminal can leave a thread behind."""
TURN_SECONDS = 0.0005
"""How long a thread may go on while the screen wants its turn: with Python's 5 ms, a key takes 100 ms in a search."""


def run(
    connection: Connection | None,
    open_monitor: OpenMonitor | None = None,
    start_mini_cluster: StartMiniCluster | None = None,
    keymap: Mapping[str, str] | None = None,
    open_records: OpenRecords | None = None,
    rules: Sequence[DecodingRule] = (),
    open_replays: OpenReplays | None = None,
    open_letters: OpenLetters | None = None,
    edit: EditRecord | None = None,
    recorder: Recorder | None = None,
    recording: Recording | None = None,
    recordings: Path = Path(),
    alerts: Sequence[AlertRule] = (),
    contexts: Contexts | None = None,
) -> int:
    """Run until the user quits; the exit code. Without a connection a start screen asks for one.

    `rules`: the decoders a person chose for topics. `contexts`: the clusters one can switch to.
    `recorder`, `recording`, `recordings`, `alerts` as in `KafkaTui`.
    `keymap` gives other keys to the ids of `keys.KEYMAP`.
    """
    app = KafkaTui(
        connection,
        open_monitor,
        start_mini_cluster,
        open_records=open_records,
        open_replays=open_replays,
        open_letters=open_letters,
        edit=edit,
        contexts=contexts,
        rules=rules,
        recorder=recorder,
        recording=recording,
        recordings=recordings,
        alerts=alerts,
        tells_terminal=sys.stdout.isatty(),
    )
    if keymap:
        app.set_keymap(dict(keymap))
    sys.setswitchinterval(TURN_SECONDS)
    with ending_on_signals(app):
        left_with = app.run()
    return app.return_code or left_with or 0


@contextmanager
def ending_on_signals(app: KafkaTui) -> Iterator[None]:
    """A signal leaves the screen as `q` does, so that the terminal is as before; the exit code names the signal."""
    before = {number: signal.getsignal(number) for number in ENDING}

    def leave(number: int, frame: FrameType | None) -> None:
        signal.alarm(LAST_RESORT_SECONDS)
        app.call_later(app.exit, return_code=128 + number)

    for number in ENDING:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
