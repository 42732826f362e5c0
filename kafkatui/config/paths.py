"""Names of files as they are written in settings. What lies in a file is read elsewhere."""

from __future__ import annotations

from pathlib import Path

from kafkatui.config.errors import ConfigError


def expanded(name: str, origin: object) -> str:
    """`~` and `~user` in front made into a folder. Raises ConfigError: for an unknown user, or no name of a file."""
    if "\0" in name:
        raise ConfigError(f"{origin}: {name!r} is no name of a file")
    try:
        return str(Path(name).expanduser())
    except RuntimeError:
        raise ConfigError(f"{origin}: {name.partition('/')[0]} has no home on this machine") from None
