"""What a bug leaves behind: a report that can be passed on, because nothing of a cluster or a person is in it.

It has versions, the command without its values, types and places in code, and the last lines of the log. When a report
is written, and what is said of it, is the caller's.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kafkatui import logs
from kafkatui.config.places import crashes_folder
from kafkatui.tracebacks import described

KEPT = 20
"""Reports; the oldest go."""
_PACKAGES = ("textual", "rich", "aiokafka", "kio", "typer")
_TERMINAL = ("TERM", "COLORTERM", "TERM_PROGRAM", "LC_ALL", "LC_CTYPE", "LANG", "NO_COLOR")
_PLAIN = re.compile(r"[\w.:@+-]{0,40}")
_FLAG = re.compile(r"(--[a-z]+(?:-[a-z]+)*|-[A-Za-z])")
_HEAD = """\
This is about a bug of kafkatui. It says where in the code it happened, which versions and which terminal there were,
and the words of the command without their values. In it is no record, no name or address of a cluster, no secret and no
message of an exception that could hold one.
"""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Around a crash."""

    arguments: Sequence[str]
    """The command line."""
    words: frozenset[str]
    """Those of it that are ours, and so can be told: the names of commands."""
    environ: Mapping[str, str]
    seconds: float | None = None
    """How long the process ran."""


def write(error: BaseException, around: Circumstances) -> Path:
    """The report's file; only its owner may read it. Raises OSError."""
    folder = crashes_folder(around.environ)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"crash-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write("\n".join(report(error, around)) + "\n")
    for old in sorted(folder.glob("crash-*.txt"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def report(error: BaseException, around: Circumstances) -> list[str]:
    """Its lines."""
    lines = [_HEAD, *(f"{name:<9} {value}" for name, value in _facts(around)), "", *described(error)]
    if logs.recent():
        lines += ["", "the log before, with numbers only:", *logs.recent()]
    return lines


def _facts(around: Circumstances) -> list[tuple[str, str]]:
    terminal = [f"{name}={_plain(around.environ[name])}" for name in _TERMINAL if name in around.environ]
    streams = [f"{number}:{'terminal' if os.isatty(number) else 'other'}" for number in range(3)]
    facts = [
        ("at", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
        ("kafkatui", _version("kafkatui")),
        ("python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("platform", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("packages", ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)),
        ("terminal", " ".join([*terminal, *streams])),
        ("encoding", f"{sys.getfilesystemencoding()} {getattr(sys.stdout, 'encoding', None)}"),
        ("command", " ".join(["kafkatui", *without_values(around.arguments, around.words)])),
    ]
    return facts if around.seconds is None else [*facts, ("ran for", f"{around.seconds:.1f} s")]


def without_values(arguments: Sequence[str], words: frozenset[str]) -> list[str]:
    """The names of commands and flags; anything else is somebody's: a topic, a host, maybe a password."""
    bare = []
    for each in arguments:
        flag = _FLAG.match(each)
        if each.startswith("-") and flag:
            bare.append(flag[0] if each[flag.end() :][:1] in ("", "=") else f"{flag[0]}…")
        else:
            bare.append(each if each in words else "…")
    return bare


def _plain(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else "…"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
