"""Where settings and state lie on disk. What stands in them is read in `files`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PROJECT = ".kafkatui.toml"


def user_file(environ: Mapping[str, str]) -> Path:
    """`KAFKATUI_CONFIG`, else `$XDG_CONFIG_HOME/kafkatui/config.toml`; it need not exist."""
    named = environ.get("KAFKATUI_CONFIG")
    return Path(named).expanduser() if named else _xdg(environ, "XDG_CONFIG_HOME", ".config") / "config.toml"


def context_file(environ: Mapping[str, str]) -> Path:
    """Where the chosen context is remembered: state, because a config file may be shared or read-only."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state") / "context"


def undo_folder(environ: Mapping[str, str]) -> Path:
    """Where the state before each change is kept, and the audit lines."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state") / "undo"


def jobs_folder(environ: Mapping[str, str]) -> Path:
    """Where replays keep their plans and how they ended."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state") / "jobs"


def accepted_in_clear(environ: Mapping[str, str]) -> Path:
    """The brokers to which a person lets a login go without TLS: one line each, its addresses with commas between."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state") / "in-clear"


def mask_secret_file(environ: Mapping[str, str]) -> Path:
    """What makes hashes of masked texts ones that nobody else can make."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state") / "mask-secret"


def recordings_folder(environ: Mapping[str, str]) -> Path:
    """Where the recordings of sessions go, unless another name is given."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state") / "recordings"


def crashes_folder(environ: Mapping[str, str]) -> Path:
    """Where the reports of bugs go."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state") / "crashes"


def project_file(start: Path) -> Path | None:
    """The project's file: in `start` or the nearest folder above it, never above the one that holds `.git`.

    Outside a repository only `start` itself counts: a file anyone may leave in /tmp must not steer us.
    """
    chain = [start, *start.parents]
    top = next((i for i, folder in enumerate(chain) if (folder / ".git").exists()), 0)
    return next((folder / PROJECT for folder in chain[: top + 1] if (folder / PROJECT).is_file()), None)


def _xdg(environ: Mapping[str, str], variable: str, fallback: str) -> Path:
    value = environ.get(variable, "")
    # The XDG specification says a relative path is to be ignored.
    root = Path(value) if value.startswith("/") else Path(environ.get("HOME", "~")).expanduser() / fallback
    return root / "kafkatui"
