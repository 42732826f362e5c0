"""Files of ours on disk: written whole or not at all, for nobody else to read. What stands in them is not known."""

from __future__ import annotations

import os
from pathlib import Path

from kafkatui.config.errors import ConfigError


def write_whole(file: Path, text: str, mode: int = 0o600) -> None:
    """Write the file whole or not at all; a link stays one. Raises ConfigError."""
    import tempfile  # loads what makes random names: only for who writes

    target = file.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, fresh = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            Path(fresh).chmod(mode)
            Path(fresh).replace(target)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"{file} can not be written ({error.strerror})") from None


def text_of(file: Path) -> str:
    """What stands in a file of ours, its line ends as they are; nothing if it is not there. Raises ConfigError."""
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"{file} can not be read ({error.strerror})") from None
