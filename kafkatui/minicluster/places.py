"""Where the mini-cluster keeps its files. Only paths are made here, never files."""

from __future__ import annotations

import os
from pathlib import Path


def cache() -> Path:
    """What can be fetched or made again: jars and class archives. `$XDG_CACHE_HOME/kafkatui`."""
    return _xdg("XDG_CACHE_HOME", ".cache")


def home() -> Path:
    """The folder of the running mini-cluster: its state file, lock and data. `$XDG_STATE_HOME/kafkatui/dev`."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "dev"


def _xdg(variable: str, fallback: str) -> Path:
    value = os.environ.get(variable, "")
    # The XDG specification says a relative path is to be ignored.
    root = Path(value) if value.startswith("/") else Path.home() / fallback
    return root / "kafkatui"
