"""What an exception tells without what it holds: types and places in code, never a local, and a message only if it is
put together here from what can hold no data. Whoever wants more has Python's own traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, TracebackType

_MOST_FRAMES = 60
_MOST_LINKS = 12
"""Of a chain of causes, and of a group."""
_PACKAGE = str(Path(__file__).parent.parent)
WITHHELD = "(its message is withheld: it may hold data)"


class CrashedElsewhere(RuntimeError):
    """A bug in another process; the message is what `described` said there."""


def described(error: BaseException) -> list[str]:
    """Lines as of a traceback: causes first, the frames of each, the innermost last."""
    return [line for link in _chain(error) for line in link]


def _chain(error: BaseException) -> Iterator[list[str]]:
    links: list[list[str]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(links) < _MOST_LINKS:
        seen.add(id(current))
        links.append(_one(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if current is not None:
            links[-1].insert(0, "which led to:")
    return reversed(links)


def _one(error: BaseException) -> list[str]:
    lines = [*_frames(error.__traceback__), f"{_type(error)}: {_message(error)}"]
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions[:_MOST_LINKS]:
            lines += [f"  | {line}" for line in described(each)]
    return lines


def _type(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _frames(traceback: TracebackType | None) -> list[str]:
    lines = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        lines.append(f"  {place(code.co_filename)}:{traceback.tb_lineno} in {_name(code)}")
        traceback = traceback.tb_next
    if len(lines) > _MOST_FRAMES:
        half = _MOST_FRAMES // 2
        lines = [*lines[:half], f"  ... {len(lines) - _MOST_FRAMES} more ...", *lines[-half:]]
    return lines


def _name(code: CodeType) -> str:
    """Of a function of a file; code that was made of a person's filter has what names it likes."""
    return code.co_qualname if not code.co_filename.startswith("<") else "made code"


def place(filename: str) -> str:
    """A source file without the folders of whoever runs it."""
    if filename.startswith("<"):
        return filename if filename.startswith("<frozen ") else "<made>"
    for root in sorted({_PACKAGE, *filter(None, sys.path), os.path.dirname(os.__file__)}, key=len, reverse=True):  # noqa: PTH120
        if filename.startswith(root + os.sep):
            return filename[len(root) + 1 :]
    return os.path.basename(filename)  # noqa: PTH119 what a system calls a file need be no path here


def _message(error: BaseException) -> str:
    if isinstance(error, CrashedElsewhere):
        return "in another process\n" + "\n".join(f"  : {line}" for line in str(error).splitlines())
    if isinstance(error, OSError) and isinstance(error.errno, int):
        return f"[Errno {error.errno}] {os.strerror(error.errno)}"
    if isinstance(error, AttributeError | NameError) and _is_written(error.name, error.__traceback__):
        return f"{error.name}"
    return WITHHELD


def _is_written(name: object, traceback: TracebackType | None) -> bool:
    """Whether a name stands in the code that asked for it, and so is none of a record."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None or not isinstance(name, str):
        return False
    code = traceback.tb_frame.f_code
    return not code.co_filename.startswith("<") and name in (*code.co_names, *code.co_varnames, *code.co_freevars)
