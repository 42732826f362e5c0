"""The door to the terminal interface: builds the app and runs it until the user leaves."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from kafkatui.history.recording import Recorder, Recording
from kafkatui.model.alert_rules import AlertRule
from kafkatui.model.connection import Connection
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.tui.app import KafkaTui, OpenMonitor, StartMiniCluster
from kafkatui.tui.connecting.contexts import Contexts
from kafkatui.tui.examining import OpenDoctor
from kafkatui.tui.letters.source import OpenLetters
from kafkatui.tui.reading import OpenRecords
from kafkatui.tui.replays.running import EditRecord
from kafkatui.tui.replays.source import OpenReplays
from kafkatui.tui.terminal import Before

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
LAST_RESORT_SECONDS = 15
"""After a signal the process is gone by then, whatever still waits, with the terminal as it was."""
_STUCK_SECONDS = 5
"""And so much later even where no Python runs any more."""
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
    open_doctor: OpenDoctor | None = None,
    recorder: Recorder | None = None,
    recording: Recording | None = None,
    recordings: Path = Path(),
    alerts: Sequence[AlertRule] = (),
    contexts: Contexts | None = None,
) -> int:
    """Run until the user quits; the exit code. Without a connection a start screen asks for one. A bug is raised.

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
        open_doctor=open_doctor,
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
    with ending_on_signals(app.leave, Before().restore):
        left_with = app.run()
    if app.bug is not None:
        raise app.bug
    return app.return_code or left_with or 0


@contextmanager
def ending_on_signals(leave: Callable[[int], bool], restore: Callable[[], None]) -> Iterator[None]:
    """A signal leaves the screen as `q` does, so that the terminal is as before; the exit code names the first one.

    `leave` begins that with an exit code, False: there is nothing to leave yet, or any more. `restore` gives the
    terminal back without it.
    """
    came: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if not came:
            signal.alarm(LAST_RESORT_SECONDS)
            faulthandler.dump_traceback_later(LAST_RESORT_SECONDS + _STUCK_SECONDS, exit=True, file=nowhere)
        came.append(number)
        if not leave(128 + came[0]):
            os._exit(128 + came[0])

    def force(number: int, frame: FrameType | None) -> None:
        restore()
        os._exit(128 + came[0] if came else 128 + number)

    before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGALRM)}
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        signal.signal(signal.SIGALRM, force)
        for each in ENDING:
            signal.signal(each, ask)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            signal.alarm(0)
            for each, handler in before.items():
                signal.signal(each, handler)
