"""Where passwords come from: a variable, a file or a command; never from a config file or a command line itself."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kafkatui.config.errors import ConfigError
from kafkatui.config.paths import expanded

SOURCES = ("env", "file", "command")
_COMMAND_SECONDS = 15.0


def secret(table: Mapping[str, Any], key: str, environ: Mapping[str, str], where: str) -> str | None:
    """The secret that `key`_env, `key`_file or `key`_command of `table` leads to; None where none is named."""
    named = [source for source in SOURCES if f"{key}_{source}" in table]
    if not named:
        return None
    if len(named) > 1:
        raise ConfigError(f"{where}: give one of {key}_env, {key}_file and {key}_command, not {len(named)}")
    name = f"{key}_{named[0]}"
    value = table[name]
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where}.{name} must be a text")
    return _READERS[named[0]](value, environ, f"{where}.{name}")


def _from_env(name: str, environ: Mapping[str, str], where: str) -> str:
    if name not in environ:
        raise ConfigError(f"{where}: the environment variable {name} is not set")
    return environ[name]


def _from_file(name: str, environ: Mapping[str, str], where: str) -> str:
    try:
        return Path(expanded(name, where)).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where}: {name} can not be read ({_reason(error)})") from None


def _from_command(command: str, environ: Mapping[str, str], where: str) -> str:
    try:
        words = shlex.split(command)
        if not words:
            raise ConfigError(f"{where}: there is no command in it")
        ran = subprocess.run(
            words, stdout=subprocess.PIPE, text=True, timeout=_COMMAND_SECONDS, check=False, env=environ
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{where}: the command did not run ({_reason(error)})") from None
    if ran.returncode != 0:
        raise ConfigError(f"{where}: the command ended with exit code {ran.returncode}")
    return ran.stdout.rstrip("\r\n")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


_READERS = {"env": _from_env, "file": _from_file, "command": _from_command}
