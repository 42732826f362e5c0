"""What is raised when a schema can not be used. Nothing else lives here."""

from __future__ import annotations


class BadSchema(ValueError):
    """The text is no schema of its kind, or one that is not read here; `str()` says why in half a sentence."""
