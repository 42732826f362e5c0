"""Files in memory only, for what a library takes from a file and nobody should find on a disk."""

from __future__ import annotations

import os
from functools import cache

from kafkatui.config.errors import ConfigError


@cache
def memory_file(text: str) -> str:
    """The path of a file that holds `text` while this process lives; also its children can read it.

    Raises ConfigError where the system has no such files.
    """
    if not hasattr(os, "memfd_create"):
        raise ConfigError("PEM within a property needs Linux; put it into a file")
    handle = os.memfd_create("kafkatui")  # stays open: the path is gone with it
    with open(handle, "w", encoding="utf-8", closefd=False) as out:
        out.write(text)
    return f"/proc/{os.getpid()}/fd/{handle}"
