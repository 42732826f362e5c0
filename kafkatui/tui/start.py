"""The door to the terminal interface: builds the app and runs it until the user leaves."""

from __future__ import annotations

from collections.abc import Mapping

from kafkatui.model.connection import Connection
from kafkatui.tui.app import KafkaTui, OpenMonitor, StartMiniCluster


def run(
    connection: Connection | None,
    open_monitor: OpenMonitor,
    start_mini_cluster: StartMiniCluster | None = None,
    keymap: Mapping[str, str] | None = None,
) -> int:
    """Run until the user quits; the exit code. Without a connection a start screen asks for one.

    `keymap` gives other keys to the ids of `keys.KEYMAP`.
    """
    app = KafkaTui(connection, open_monitor, start_mini_cluster)
    if keymap:
        app.set_keymap(dict(keymap))
    left_with = app.run()
    return app.return_code or left_with or 0
