"""The secret behind the hashes that stand for masked texts: made once for each user, and known to nobody else."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from kafkatui.config.errors import ConfigError
from kafkatui.config.places import mask_secret_file

_BYTES = 32


def mask_secret(environ: Mapping[str, str]) -> bytes:
    """The same at every call, so that a hash means the same text tomorrow. Raises ConfigError that names the file."""
    file = mask_secret_file(environ)
    try:
        if not file.exists():
            _make(file)
        found = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}, the secret of hashes of masked texts: {error.strerror}") from None
    if len(found) != _BYTES:
        raise ConfigError(f"{file} is no secret of {_BYTES} bytes; without the file a new one is made")
    return found


def _make(file: Path) -> None:
    """Whole or not at all: another process may make one just now, and then that one counts."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_bytes(_BYTES))
    try:
        os.link(fresh, file)
    except FileExistsError:
        return
    finally:
        fresh.unlink()
