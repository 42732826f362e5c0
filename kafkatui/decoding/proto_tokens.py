"""The words of a `.proto` text, one after the other. What they make together is in `proto_text`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.safe_text import shorten

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*)
    |(?P<word>[A-Za-z_]\w*|\d[\w.]*(?:(?<=[eE])[+-]\d+)?|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[^\w\s"'])""",
    re.DOTALL | re.VERBOSE | re.ASCII,
)
_CLOSED_BY = {"{": "}", "[": "]", "(": ")", "<": ">"}


class ProtoTokens:
    """A place in the text that moves on."""

    def __init__(self, text: str) -> None:
        self._words = list(_split(text))
        self._at = 0

    @property
    def next(self) -> str:
        """The next word, still to come; empty at the end."""
        return self._words[self._at] if self._at < len(self._words) else ""

    def take(self) -> str:
        word = self.next
        if not word:
            raise BadSchema("the .proto text ends too early")
        self._at += 1
        return word

    def accept(self, word: str) -> bool:
        """Go past `word` if it comes next."""
        if self.next != word:
            return False
        self._at += 1
        return True

    def expect(self, word: str) -> None:
        found = self.take()
        if found != word:
            raise BadSchema(f"the .proto text has {shorten(found, 40)} where {word} must be")

    def name(self) -> str:
        """One identifier."""
        word = self.take()
        if not (word[0].isalpha() or word[0] == "_"):
            raise BadSchema(f"the .proto text has {shorten(word, 40)} where a name must be")
        return word

    def path(self) -> str:
        """Names with dots between, perhaps one in front."""
        parts = ["." if self.accept(".") else "", self.name()]
        while self.accept("."):
            parts += [".", self.name()]
        return "".join(parts)

    def integer(self) -> int:
        word = ("-" if self.accept("-") else "") + self.take()
        octal = re.fullmatch(r"(-?)0([0-7]+)", word)
        try:
            return int(f"{octal[1]}{octal[2]}", 8) if octal else int(word, 0)
        except ValueError:
            raise BadSchema(f"the .proto text has {shorten(word, 40)} where a number must be") from None

    def string(self) -> str:
        word = self.take()
        try:
            text = ast.literal_eval(word) if word[0] in "\"'" else None
        except (SyntaxError, ValueError):
            text = None
        if not isinstance(text, str):
            raise BadSchema(f"the .proto text has {shorten(word, 40)} where a text in quotes must be")
        return text

    def skip_to(self, *ends: str) -> str:
        """Past everything up to one of `ends`, and that one too; what brackets hold is skipped whole. What was last."""
        open_brackets: list[str] = []
        while True:
            word = self.take()
            if not open_brackets and word in ends:
                return word
            if word in "{[(":
                open_brackets.append(_CLOSED_BY[word])
            elif open_brackets and word == open_brackets[-1]:
                open_brackets.pop()


def _split(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        if text.startswith("/*", at):
            # Not by the expression: many that never end would make it look through all the text for each.
            at = _behind(text, "*/", at + 2)
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise _not_understood(text, at)
        at = match.end()
        if match["word"]:
            yield match["word"]


def _behind(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    if found < 0:
        raise _not_understood(text, at)
    return found + len(end)


def _not_understood(text: str, at: int) -> BadSchema:
    line = text.count("\n", 0, at) + 1
    return BadSchema(f"line {line} of the .proto text is not understood")
