"""What is said of settings that do not do what they say. Nothing else lives here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """Settings, and why they are left out or what they cost."""

    names: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        return f"{', '.join(self.names)}: {self.why}"


Tell = Callable[[Note], None]
