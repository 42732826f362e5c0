"""The log: what the program does, in a file somebody asked for, and its last lines for a crash report.

Only loggers of ours are let through, and asyncio's without what it shows of objects: what other libraries say may hold
a password (aiokafka's DEBUG does). Never on stderr, which is the screen's while there is one. What is logged is decided
where it happens.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import time
from collections import deque
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from kafkatui.safe_text import safe_text
from kafkatui.tracebacks import described

MOST_BYTES = 10 * 1024 * 1024
"""Of a log; then it becomes `FILE.1` and a new one begins, so that both together never take more than twice as much."""
_HEAD = "# a log of kafkatui\n"
_KEPT = 100
_SECRET = re.compile(
    r"(?i)((?:password|passwd|secret|token|credential|authorization|jaas)[\w.-]*[\"']?\s*[=:]\s*)"
    r"(?:(?:basic|bearer)\s+)?(?:\"[^\"]*\"|'[^']*'|[^\s,;]+)"
)


class LogError(Exception):
    """A log can not be written; `str()` is one sentence that names the file."""


class _Recent(logging.Handler):
    """The last lines, in which numbers and words of our own are all that is filled in."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: deque[str] = deque(maxlen=_KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        text = _of_asyncio(record) if _is_asyncio(record) else _bare(record) if _is_ours(record) else None
        if text is not None:
            self.lines.append(f"{_moment(record.created)} {record.levelname} {record.name}: {text}")


class _LogFile(logging.Handler):
    """Lines into a file that is ours; a disk that is full ends the log, not the program."""

    def __init__(self, path: Path) -> None:
        """Raises LogError."""
        super().__init__(logging.DEBUG)
        self.path = path
        self.problem = ""
        self._owner = os.getpid()
        self._descriptor = _opened(path)

    def emit(self, record: logging.LogRecord) -> None:
        text = _of_asyncio(record) if _is_asyncio(record) else _whole(record) if _is_ours(record) else None
        if text is None or self.problem:
            return
        line = f"{_moment(record.created)} {os.getpid()} {record.levelname} {record.name}: {text}\n"
        try:
            self._write(line.encode("utf-8", "backslashreplace"))
        except OSError as error:
            self.problem = f"the log ends early: {self.path} can not be written ({error.strerror})"

    def _write(self, line: bytes) -> None:
        if os.fstat(self._descriptor).st_size + len(line) > MOST_BYTES:
            self._turn()
        os.write(self._descriptor, line)

    def _turn(self) -> None:
        """Begin a new file. A process that was forked from the one that opened it goes on with the old one, or ends."""
        if os.getpid() != self._owner:
            raise OSError(0, "it is full")
        old = self.path.with_name(f"{self.path.name}.1")
        if old.exists() and not _is_log(old):
            raise OSError(0, f"{old} is there already and is no log")
        self.path.replace(old)
        os.close(self._descriptor)
        self._descriptor = _opened(self.path)

    def close(self) -> None:
        os.close(self._descriptor)
        super().close()


_recent: list[_Recent] = []
_files: list[_LogFile] = []


def begin() -> None:
    """Take what is logged from now on, before anything is. May be called again."""
    if not _recent:
        _recent.append(_Recent())
        logging.getLogger().addHandler(_recent[0])
        logging.getLogger("kafkatui").setLevel(logging.INFO)


def to_file(path: Path) -> None:
    """And write all of it into a file. May be called again with the same one. Raises LogError."""
    begin()
    if any(each.path == path for each in _files):
        return
    _files.append(_LogFile(path))
    logging.getLogger().addHandler(_files[-1])
    logging.getLogger("kafkatui").setLevel(logging.DEBUG)


def end() -> list[str]:
    """Let go of everything; what a person should know of it."""
    root = logging.getLogger()
    for handler in (*_recent, *_files):
        root.removeHandler(handler)
        handler.close()
    problems = [each.problem for each in _files if each.problem]
    _recent.clear()
    _files.clear()
    return problems


def recent() -> Sequence[str]:
    """The last lines: no address, no name of a cluster, no data."""
    return tuple(_recent[0].lines) if _recent else ()


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == "kafkatui" or record.name.startswith("kafkatui.")


def _is_asyncio(record: logging.LogRecord) -> bool:
    return record.name == "asyncio" and record.levelno >= logging.WARNING


def _of_asyncio(record: logging.LogRecord) -> str:
    """Its first line as far as it shows no object, and where the exception came from."""
    text = str(record.msg) if not record.args else record.getMessage()
    return "\n".join([safe_text(re.split(r"[\n<]", text, maxsplit=1)[0].strip()), *_trace(record)])


def _bare(record: logging.LogRecord) -> str:
    filled = tuple(map(_harmless, record.args)) if isinstance(record.args, tuple) else ()
    template = re.sub(r"%[\d.]*[dfgx]", "%s", str(record.msg))
    return "\n".join([template % filled if filled else template, *_trace(record)])


def _harmless(value: object) -> str:
    if isinstance(value, Enum):
        return value.name
    return f"{value:g}" if isinstance(value, int | float) else "…"


def _whole(record: logging.LogRecord) -> str:
    text = _SECRET.sub(r"\1***", record.getMessage())
    return "\n".join([safe_text(text), *_trace(record)])


def _trace(record: logging.LogRecord) -> list[str]:
    error = record.exc_info[1] if record.exc_info else None
    return [] if error is None else described(error)


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03d}Z"


def _opened(path: Path) -> int:
    """A new file only its owner reads, or the end of a log of ours. Raises LogError."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        try:
            descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if not _is_log(path):
                raise LogError(f"{path} is there already and is no log of kafkatui: name another file") from None
            return os.open(path, flags)
        os.write(descriptor, _HEAD.encode())
    except OSError as error:
        raise LogError(f"the log {path} can not be written ({error.strerror})") from None
    return descriptor


def _is_log(path: Path) -> bool:
    """Whether it is an ordinary file of this user that begins as a log does."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
        return False
    with path.open("rb") as file:
        return file.read(len(_HEAD)) == _HEAD.encode()
