"""What is raised when a setting can not be used. Nothing else lives here."""

from __future__ import annotations


class ConfigError(Exception):
    """A setting a person must correct; `str()` is one sentence that names the flag, the variable, or file and key."""
