"""Writing `results.md`: every benchmark owns one section and leaves the others alone."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from kafkatui.minicluster import jre

RESULTS = Path(__file__).with_name("results.md")


def machine() -> str:
    """When and on what it was measured, in words."""
    java = jre.find_java().build.splitlines()[0]
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return f"on {when}: {os.cpu_count()} cores, Python {platform.python_version()}, {java}."


def replace_section(name: str, text: str) -> None:
    """Put `text`, which begins with `## name`, in the place of that section, or at the end."""
    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# Measured\n"
    head, *sections = old.split("\n## ")
    kept = {section.partition("\n")[0]: section.rstrip() for section in sections}
    kept[name] = text.removeprefix("## ").rstrip()
    RESULTS.write_text(
        head.rstrip() + "".join(f"\n\n## {section}" for section in kept.values()) + "\n", encoding="utf-8"
    )
