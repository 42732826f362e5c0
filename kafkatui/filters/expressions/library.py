"""The one place that imports the CEL library: checking an expression, and the functions that are left to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from kafkatui.filters.expressions.tree import Node
from kafkatui.filters.expressions.values import TYPE_NAMES, Failure, Uint
from kafkatui.filters.expressions.wire import NotSupported, read_expression
from kafkatui.filters.selection import FilterError

if TYPE_CHECKING:
    from cel_expr_python import cel

LONGEST = 10_000
"""Characters. How deep one may be nested the library bounds itself: 32."""
VARIABLES = ("headers", "key", "offset", "partition", "timestamp", "timestamp_ms", "topic", "value")
_PLACE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '(.*?)' \(in container")
_OVERLOAD = re.compile(r"found no matching overload for '(.*?)' applied to '\((.*)\)'")


def parse(text: str) -> Node:
    """Raises `FilterError` with the column, also for what can be known to fail at any record."""
    if len(text) > LONGEST:
        raise FilterError(f"the expression has {len(text):,} characters; at most {LONGEST:,} are read")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise FilterError(f"column {error.start + 1} of the expression is no character of a text") from error
    try:
        checked = environment().compile(text)
    except RuntimeError as error:
        raise FilterError(_sentence(str(error), text)) from error
    if (name := checked.return_type().name()) not in ("BOOL", "DYN"):
        raise FilterError(f"the expression gives {name.lower()}, not true or false")
    try:
        return read_expression(checked.serialize())
    except NotSupported as error:
        raise FilterError(f"{error} can not be used in an expression here") from error


@cache
def environment() -> cel.Env:
    """Of what type each variable is."""
    kind = _library().Type
    types = {"headers": kind.Map(kind.STRING, kind.DYN), "key": kind.DYN, "value": kind.DYN}
    types |= {"offset": kind.INT, "partition": kind.INT, "timestamp_ms": kind.INT}
    types |= {"timestamp": kind.TIMESTAMP, "topic": kind.STRING}
    return _library().NewEnv(variables=types)


def function(name: str, is_method: bool) -> Callable[..., Any]:
    """The library's own function or method of this name."""

    def call(*arguments: Any) -> Any:
        program = _program(name, is_method, tuple(map(type, arguments)))
        if isinstance(program, Failure):
            return program
        try:
            found = program.eval(data={f"x{number}": each for number, each in enumerate(arguments)})
        except RuntimeError as error:  # a text with half a character
            return Failure(f"{name}(): {error}")
        return ours(found, f"{name}(): ")

    return call


@lru_cache(maxsize=256)
def _program(name: str, is_method: bool, types: tuple[type, ...]) -> cel.Expression | Failure:
    """Calls it with arguments of these types. The library takes a time or a duration only where it was promised one."""
    kinds = _library().Type
    promised = {datetime: kinds.TIMESTAMP, timedelta: kinds.DURATION, Uint: kinds.UINT}
    variables = {f"x{number}": promised.get(each, kinds.DYN) for number, each in enumerate(types)}
    first, *others = variables
    written = f"{first}.{name}({', '.join(others)})" if is_method else f"{name}({', '.join(variables)})"
    try:
        return _library().NewEnv(variables=variables).compile(written)
    except RuntimeError:
        names = ", ".join(TYPE_NAMES.get(each, "type") for each in types)
        return Failure(f"{name!r} can not be applied to {names}")


def ours(found: cel.Value, whose: str = "") -> Any:
    """The library's value as one of `values`, or a `Failure`."""
    kind = found.type().name()
    if kind == "ERROR":
        return Failure(f"{whose}{str(found.value()).partition(': ')[2]}")
    value = found.plain_value()
    if kind == "UINT":
        return Uint(value)
    if isinstance(value, bytearray):
        return bytes(value)
    return value if type(value) in TYPE_NAMES else Failure(f"{whose}it gives {kind.lower()}, which is not known here")


@cache
def _library() -> Any:
    """Imported when the first expression comes: no other command pays for it."""
    try:
        from cel_expr_python import cel
    except ImportError as error:
        raise FilterError(f"expressions need the package cel-expr-python: {error}") from error
    return cel


def _sentence(message: str, text: str) -> str:
    """The first of the library's complaints, where it is, and what there is instead."""
    if "recursion" in message:
        return "the expression is nested too deep: at most 32 levels are read"
    found = _PLACE.search(message)
    if found is None:
        return f"the expression can not be read: {message.splitlines()[0].rpartition(' [')[0].lower()}"
    line, column, what = int(found[1]), int(found[2]), found[3].removesuffix(" [INVALID_ARGUMENT]")
    if unknown := _UNDECLARED.match(what):
        column, what = _unknown(unknown[1], text.splitlines()[line - 1], column)
    place = f"column {column}" if "\n" not in text.strip() else f"line {line}, column {column}"
    return f"{place} of the expression: {_plain(what)}"


def _unknown(name: str, line: str, column: int) -> tuple[int, str]:
    """The library counts up to the last dot of `vale.amount`, and to the bracket of a function."""
    start = line.rfind(name, 0, column - 1 + len(name))
    is_function = line.startswith("(", column - 1)
    column = start + 1 if start >= 0 else column
    if is_function:
        return column, f"there is no function {name!r}"
    return column, f"there is no variable {name.partition('.')[0]!r}; there are {', '.join(VARIABLES)}"


def _plain(what: str) -> str:
    if misfit := _OVERLOAD.match(what):
        sign = misfit[1].replace("_", "").replace("@", "")
        hint = "; timestamp_ms is a number" if "Timestamp, int" in misfit[2] else ""
        kinds = misfit[2].replace("google.protobuf.Timestamp", "timestamp").replace("google.protobuf.", "")
        return f"{sign!r} can not be applied to {kinds.lower()}{hint}"
    return re.sub(r" expecting \{.*\}", "", what.removeprefix("Syntax error: ")).replace("'<EOF>'", "the end")
