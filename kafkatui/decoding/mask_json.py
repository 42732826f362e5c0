"""JSON in which parts are hidden: all else stays as it is stored, letter by letter. What is no JSON is refused.

The grammar is RFC 8259's, and NaN and the infinities: whoever reads the same text finds the same fields in it. A name
that appears twice is hidden twice, and names are compared as they are meant: `"em\\u0061il"` is `email`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from kafkatui.decoding.mask_state import ELEMENT, State
from kafkatui.decoding.mask_texts import STARS, Patterns, Signs
from kafkatui.model.masking_rules import Show

_TOKEN = re.compile(
    r'[ \t\n\r]*(?:(?P<s>"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+")'
    r"|(?P<n>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)"
    r"|(?P<w>true|false|null|NaN|-?Infinity)|(?P<p>[\[\]{}:,]))"
)
_SPACE = " \t\n\r"
_BOM = "\ufeff"
_DEEPEST = 100
_MOST_PATHS = 50
_SHORTEST_SECRET = 5
"""Characters: shorter texts stand in others by chance."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""What is surely a name of a field: others may be the content of a map, such as addresses."""


@dataclass(frozen=True, slots=True)
class _Member:
    """One of a map or list."""

    first: int
    until: int
    """In characters; `end` is the number of the token behind it."""
    end: int
    is_removed: bool


class NotJson(ValueError):
    """The text is no JSON, or is nested too deep."""


@dataclass(slots=True)
class Hidden:
    """What came of a text."""

    text: str
    paths: dict[str, None] = field(default_factory=dict)
    secrets: dict[str, None] = field(default_factory=dict)
    """Texts that named fields hold."""
    is_json: bool = True
    """False: a pattern found something that is no text of it, and what is left is JSON no more."""


def hide_json(text: str, state: State, patterns: Patterns, signs: Signs, path: str) -> Hidden:
    """Raises `NotJson`. `path`: what the whole is called."""
    return _Json(text, patterns, signs).hide(state, path)


class _Json:
    def __init__(self, text: str, patterns: Patterns, signs: Signs) -> None:
        self._text = text
        self._patterns = patterns
        self._signs = signs
        self._kinds: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._close: dict[int, int] = {}
        """Where the map or list ends that begins at a token."""
        self._edits: list[tuple[int, int, str]] = []
        self._found = Hidden(text)
        self._root = ""

    def hide(self, state: State, path: str) -> Hidden:
        self._root = path
        self._tokenize()
        if self._value(0, state, path) != len(self._kinds):
            raise NotJson("something follows")
        self._across()
        self._found.text = self._edited()
        return self._found

    def _tokenize(self) -> None:
        text = self._text
        at = len(_BOM) if text.startswith(_BOM) else 0
        _check(text[at:] if at else text)
        kinds, starts, ends, close, open_ = self._kinds, self._starts, self._ends, self._close, list[int]()
        for match in _TOKEN.finditer(text, at):
            if match.start() != at:
                raise NotJson(f"not JSON at character {at}")
            kind = match.lastgroup or ""
            start, at = match.span(kind)
            if kind == "p":
                kind = text[start]
                if kind in "{[":
                    open_.append(len(kinds))
                    if len(open_) > _DEEPEST:
                        raise NotJson(f"nested deeper than {_DEEPEST} levels")
                elif kind in "}]":
                    close[open_.pop()] = len(kinds)
            kinds.append(kind)
            starts.append(start)
            ends.append(at)
        if text[at:].strip(_SPACE):
            raise NotJson(f"not JSON at character {at}")

    # Values. Each takes the number of its first token and gives that of the token behind it.

    def _kind(self, at: int) -> str:
        return self._kinds[at] if at < len(self._kinds) else ""

    def _token(self, at: int) -> str:
        return self._text[self._starts[at] : self._ends[at]]

    def _value(self, at: int, state: State, path: str) -> int:
        kind = self._kind(at)
        is_leaf = kind not in ("{", "[")
        show = state.hidden(is_leaf)
        if show is not None:
            end = self._close.get(at, at) + 1
            self._hide(at, end, show, path, state)
            return end
        if state.is_idle and not self._patterns:
            return self._close.get(at, at) + 1
        if is_leaf:
            return self._leaf(at, kind, state, path)
        return (self._map if kind == "{" else self._list)(at, state, path)

    def _map(self, at: int, state: State, path: str) -> int:
        at += 1
        members: list[_Member] = []
        while self._kind(at) != "}":
            at = self._expect(at, ",") if members else at
            if self._kind(at) != "s":
                raise NotJson("a map without a name")
            name = _meant(self._token(at))
            inner = f"{path}.{self._shown_name(at, name, state, path)}"
            members.append(self._member(at, self._expect(at + 1, ":"), state.below(name), inner))
            at = members[-1].end
        self._cut(members)
        return at + 1

    def _list(self, at: int, state: State, path: str) -> int:
        name = self._pair_name(at)
        at += 1
        members: list[_Member] = []
        while self._kind(at) != "]":
            at = self._expect(at, ",") if members else at
            below = state.below(ELEMENT, len(members))
            if name is not None and len(members) == 1:
                below = below.with_fields(state.below(name))
            members.append(self._member(at, at, below, f"{path}[*]"))
            at = members[-1].end
        self._cut(members)
        return at + 1

    def _pair_name(self, at: int) -> str | None:
        """The name where a list may be a pair of a map: MessagePack's maps may have any keys, and twice."""
        if self._kind(at + 1) not in ("s", "n") or self._kind(at + 2) != ",":
            return None
        token = self._token(at + 1)
        return _meant(token) if token.startswith('"') else token

    def _member(self, start: int, at: int, state: State, path: str) -> _Member:
        """A member of a map or list, which begins at `start` and has its value at `at`."""
        is_removed = state.hidden(self._kind(at) not in ("{", "[")) is Show.REMOVE
        if is_removed:
            end = self._close.get(at, at) + 1
            self._note(path)
            self._keep_secrets(at, end, state)
        else:
            end = self._value(at, state, path)
        return _Member(self._starts[start], self._ends[end - 1], end, is_removed)

    def _leaf(self, at: int, kind: str, state: State, path: str) -> int:
        if kind not in ("s", "n", "w"):
            raise NotJson("a value is missing")
        token = self._token(at)
        text = _meant(token) if kind == "s" else token
        if state.fields and kind == "s" and text.lstrip()[:1] in ("{", "["):
            self._inner_json(at, text, state, path)
        elif token != "null" and (show := state.of_a_leaf) is not None:
            self._hide(at, at + 1, Show.MASK if show is Show.REMOVE else show, path, state)
        elif self._patterns and (shown := self._patterns.hide(text)) != text:
            self._edit(at, at + 1, _quoted(shown))
            self._note(path)
        return at + 1

    def _inner_json(self, at: int, text: str, state: State, path: str) -> None:
        """JSON in a text: the path leads on into it."""
        try:
            inner = hide_json(text, state, self._patterns, self._signs, path)
        except NotJson:
            self._hide(at, at + 1, state.of_a_leaf or state.fields[0].show, path, state)
            return
        self._found.paths |= inner.paths
        self._found.secrets |= inner.secrets
        if inner.text != text:
            self._edit(at, at + 1, _quoted(inner.text))

    # Names

    def _shown_name(self, at: int, name: str, state: State, path: str) -> str:
        """As it may be shown. Among hidden fields what may be content is none that is shown."""
        shown = self._patterns.hide(name) if self._patterns else name
        if state.kept and not _NAME.fullmatch(name) and any(not each.tails for each in state.below(name).kept):
            shown = STARS
        if shown != name:
            self._edit(at, at + 1, _quoted(shown))
            self._note(f"{path}.{shown}")
        return shown

    # What is hidden

    def _hide(self, at: int, end: int, show: Show, path: str, state: State) -> None:
        token = self._text[self._starts[at] : self._ends[end - 1]]
        is_leaf = end == at + 1
        text = _meant(token) if token.startswith('"') else token
        # Of a map the last four letters are brackets.
        how = Show.MASK if not is_leaf and show is Show.LAST_4 else show
        self._edit(at, end, _quoted(self._signs.of(how, text)))
        self._note(path)
        self._keep_secrets(at, end, state)

    def _keep_secrets(self, at: int, end: int, state: State) -> None:
        """What named fields hold, and not what is hidden for want of a name: that may be anything."""
        if state.kept and not state.is_named:
            return
        for each in range(at, end):
            if self._kinds[each] in ("s", "n") and self._kind(each + 1) != ":":
                token = self._token(each)
                text = _meant(token) if token.startswith('"') else token
                if len(text) >= _SHORTEST_SECRET:
                    self._found.secrets[text] = None

    def _note(self, path: str) -> None:
        if len(self._found.paths) < _MOST_PATHS:
            self._found.paths[path] = None

    def _edit(self, at: int, end: int, instead: str) -> None:
        self._edits.append((self._starts[at], self._ends[end - 1], instead))

    def _cut(self, members: list[_Member]) -> None:
        """Take out what is removed, with its comma."""
        kept = next((number for number, each in enumerate(members) if not each.is_removed), None)
        if kept is None:
            if members:
                self._edits.append((members[0].first, members[-1].until, ""))
            return
        for number, each in enumerate(members):
            if each.is_removed and number < kept:
                self._edits.append((each.first, members[number + 1].first, ""))
            elif each.is_removed:
                self._edits.append((members[number - 1].until, each.until, ""))

    def _across(self) -> None:
        """What a pattern finds that is no part of one text or number, as one that was written for JSON does."""
        for first, until in self._patterns.spans(self._text):
            token = bisect_right(self._starts, first) - 1
            is_within = token >= 0 and self._kinds[token] in ("s", "n", "w") and until <= self._ends[token]
            if not is_within:
                self._edits.append((first, until, STARS))
                self._found.is_json = False
                self._note(self._root)

    def _edited(self) -> str:
        parts: list[str] = []
        done = 0
        for first, until, instead in _apart(self._edits):
            parts += (self._text[done:first], instead)
            done = until
        return "".join((*parts, self._text[done:]))

    def _expect(self, at: int, kind: str) -> int:
        if self._kind(at) != kind:
            raise NotJson(f"{kind} is missing")
        return at + 1


def _check(text: str) -> None:
    """By the parser that will read it, so that nothing here has to judge what is JSON. Raises `NotJson`."""
    try:
        _CHECK.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise NotJson("nested too deep") from error


# Numbers stay texts: some have more digits than Python reads.
_CHECK = json.JSONDecoder(parse_int=str, parse_float=str)


def _apart(edits: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """In order; what overlaps becomes one."""
    waiting: tuple[int, int, str] | None = None
    for first, until, instead in sorted(edits, key=lambda each: (each[0], -each[1])):
        if waiting is None:
            waiting = first, until, instead
        elif first >= waiting[1]:
            yield waiting
            waiting = first, until, instead
        elif until > waiting[1]:
            waiting = waiting[0], until, STARS
    if waiting is not None:
        yield waiting


def _meant(token: str) -> str:
    """The text of a string as it is written."""
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def _quoted(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:  # half a character, which only an escape can write
        return json.dumps(text)
    return written
