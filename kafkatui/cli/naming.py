"""Names, globs, partitions and offsets of the command line, against the names in a cluster. Nothing is read here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kafkatui.cli import connect
from kafkatui.cli.exits import Code, Failure
from kafkatui.cli.flags import Where
from kafkatui.model.globs import is_glob
from kafkatui.model.positions import PositionError, Range, parse_range

if TYPE_CHECKING:
    from kafkatui.model.problems import Problem


class Picked(NamedTuple):
    """The names that are meant, and a sentence for each that is not there."""

    names: tuple[str, ...]
    missing: tuple[str, ...]


def pick(
    wanted: Sequence[str], known: Collection[str], kind: str, hidden: Mapping[str, Problem] = MappingProxyType({})
) -> Picked:
    """Names as they were given, globs in the order of `known`; `kind` is `topic`, `group` or `broker`.

    `hidden`: names that are not known because they may not be seen.
    """
    found: dict[str, None] = {}
    missing = []
    for name in wanted:
        hits = _hits(name, known)
        if not hits:
            missing.append(f"{kind} {name}: {hidden[name].text}" if name in hidden else _missing(name, known, kind))
        found.update(dict.fromkeys(hits))
    return Picked(tuple(found), tuple(missing))


def matches(wanted: Sequence[str], name: str) -> bool:
    """Whether one of the names or globs means `name`; no name at all means every one."""
    return not wanted or any(each == name or (is_glob(each) and fnmatchcase(name, each)) for each in wanted)


def partitions(text: str | None) -> frozenset[int] | None:
    """`0,2-4` as numbers; None for all. Raises Failure."""
    if text is None:
        return None
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        low, high = _number(first, text), _number(last if dash else first, text)
        if high < low or high - low > 1_000_000:
            raise Failure(Code.USAGE, f"-p {text!r}: {part.strip()} is not a range of partitions")
        found.update(range(low, high + 1))
    return frozenset(found)


def offsets_range(text: str | None, where: Where) -> Range:
    """What `-o` asks for, times without a zone in that of the context; everything for None. Raises Failure."""
    if text is None:
        return Range()
    try:
        return parse_range(text, connect.now(where))
    except PositionError as error:
        raise Failure(Code.USAGE, f"-o {error}") from None


def _number(text: str, whole: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Failure(Code.USAGE, f"-p {whole!r} is not a list of partitions; write it as 0,2-4")
    return int(text)


def _hits(name: str, known: Collection[str]) -> Iterable[str]:
    # A group's id may itself look like a glob.
    if name in known:
        return [name]
    return [each for each in known if fnmatchcase(each, name)] if is_glob(name) else []


def _missing(name: str, known: Collection[str], kind: str) -> str:
    if is_glob(name):
        return f"no {kind} matches {name}"
    if not name:
        return f"an empty text names no {kind}"
    close = get_close_matches(name, known, 1)
    return f"{kind} {name} does not exist" + (f"; did you mean {close[0]}?" if close else "")
