"""A config file: contexts, rules and alerts, or one sentence that names the file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from kafkatui.config import alerts, dead_letters, topics
from kafkatui.config.contexts import connection_of
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import read_files

_SAFE = (b"command", b"/", b"~", b"file")
"""No command of an input's is run, and nothing but the input is read."""
_FOLDER = Path(tempfile.mkdtemp(prefix="kafkatui-fuzz-"))


def one(data: bytes) -> None:
    if any(word in data for word in _SAFE):
        return
    file = _FOLDER / "config.toml"
    file.write_bytes(data)
    environ = {"KAFKATUI_CONFIG": str(file), "HOME": str(_FOLDER), "KAFKA_SECRET": "hidden"}
    try:
        files = read_files(environ, _FOLDER)
    except ConfigError as error:
        _check(error)
        return
    for context in files.contexts.values():
        _refused_or(lambda context=context: connection_of(context, environ))
    _refused_or(lambda: alerts.rules_of(files))
    _refused_or(lambda: topics.rules_of(files, ("json", "text")))
    _refused_or(lambda: dead_letters.rules_of(files))


def _refused_or(step: object) -> None:
    assert callable(step)
    try:
        found = step()
    except ConfigError as error:
        _check(error)
    else:
        assert "hidden" not in repr(found)


def _check(error: ConfigError) -> None:
    """It names the file."""
    assert str(_FOLDER) in str(error)
