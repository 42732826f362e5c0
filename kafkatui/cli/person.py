"""The person at the terminal: whether there is one, and what they answer. What is asked is the command's."""

from __future__ import annotations

import sys

from kafkatui.cli import interrupts
from kafkatui.safe_text import safe_text


def is_here() -> bool:
    """Whether somebody can be asked: a question goes to stderr, its answer comes from stdin."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def says_yes(question: str) -> bool:
    return _answer(question, "y/N").lower() in ("y", "yes")


def types(question: str, wanted: str) -> bool:
    """Whether they type exactly that: a key pressed by mistake does not."""
    return _answer(question, f"type {wanted} to go on") == wanted


def _answer(question: str, how: str) -> str:
    # Whoever sees the question can leave it.
    with interrupts.asking():
        sys.stderr.write(f"{safe_text(question)}? [{safe_text(how)}] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip()
