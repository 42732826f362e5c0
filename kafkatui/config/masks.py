"""`[[masks]]` of the config files: what is hidden of records before they are shown. How it is done is not known here.

[[masks]]
topic = "orders*"             # a glob; every topic without it
fields = ["value.card.number", "value.items[*].email", "value.**.iban", "headers.authorization", "key.id"]
pattern = '\\b\\d{13,19}\\b'     # RE2, in the texts of key, value and headers
show = "last 4"               # mask (***, without it), last 4, hash, remove
context = "prod*"             # only in these contexts, and where no context is chosen; one or a list

[[masks]]
topic = "customers"
default = "mask"              # all is hidden but:
keep = ["value.status", "value.items[*].sku"]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any as Anything

from kafkatui.config.errors import ConfigError
from kafkatui.config.files import Files, read_files
from kafkatui.model.masking_rules import Any, FieldPath, MaskingRule, Show, Step

_SETTINGS = ("topic", "fields", "default", "keep", "pattern", "show", "context")
_DEFAULTS = ("keep", "mask")
_PART = re.compile(r"(key|value|headers)(?=[.\[]|$)")
_STEP = re.compile(r'\.(?P<name>[^.\[\]"]+)|\["(?P<quoted>(?:[^"\\]|\\.)+)"\]|\[(?P<index>\*|[0-9]{1,9})\]')
_HOW = 'write it as value.card.number, value.items[*].email, value["a.b"], headers.NAME or key'


def masking_rules(environ: Mapping[str, str], folder: Path, context: str | None) -> tuple[MaskingRule, ...]:
    """The rules that hold in `context`, as seen from `folder`: the user's and the project's, which can only add some.

    Raises ConfigError that names file and key.
    """
    return rules_of(read_files(environ, folder), context)


def rules_of(files: Files, context: str | None) -> tuple[MaskingRule, ...]:
    """Raises ConfigError that names file and key, also for rules of other contexts."""
    found = [each for file, tables in files.masks for each in _rules(file, tables)]
    named = None if context is None or _is_projects(files, context) else context
    return tuple(rule for rule, globs in found if _holds(globs, named))


def _is_projects(files: Files, context: str) -> bool:
    """A project gives its contexts any name it likes, also to get around the user's rules for one cluster."""
    found = files.contexts.get(context)
    return found is not None and found.is_project


def _holds(globs: Sequence[str], context: str | None) -> bool:
    """Where there is no context nobody knows that it is not the cluster the rule is for."""
    return context is None or any(fnmatchcase(context, glob) for glob in globs)


def _rules(file: Path, tables: Sequence[Anything]) -> Iterator[tuple[MaskingRule, Sequence[str]]]:
    for number, table in enumerate(tables):
        where = f"{file}: masks[{number}]"
        if not isinstance(table, dict):
            raise ConfigError(f"{where} must be a table")
        yield _rule(table, where, file.name), _texts(table.get("context", "*"), f"{where}.context")


def _rule(table: Mapping[str, Anything], where: str, source: str) -> MaskingRule:
    for key in sorted(table.keys() - set(_SETTINGS)):
        raise ConfigError(f"{where}.{key} is not a setting; known are {', '.join(_SETTINGS)}")
    default = _word(table.get("default", "keep"), _DEFAULTS, f"{where}.default")
    keep = _paths(table, "keep", where)
    if keep and default == "keep":
        raise ConfigError(f'{where}.keep says what is shown where all else is hidden; write default = "mask" with it')
    rule = MaskingRule(
        topics=_texts(table.get("topic", "*"), f"{where}.topic", most=1)[0],
        fields=_paths(table, "fields", where),
        keep=keep if default == "mask" else None,
        pattern=_pattern(table.get("pattern"), f"{where}.pattern"),
        show=Show(_word(table.get("show", "mask"), tuple(Show), f"{where}.show")),
        source=source,
    )
    if not rule.fields and rule.keep is None and rule.pattern is None:
        raise ConfigError(f'{where} hides nothing; write fields = ["..."], pattern = "..." or default = "mask"')
    return rule


def _word(value: object, words: Sequence[str], where: str) -> str:
    if not isinstance(value, str) or value not in words:
        raise ConfigError(f"{where} must be one of {', '.join(words)}")
    return value


def _texts(value: object, where: str, most: int | None = None) -> list[str]:
    texts = value if isinstance(value, list) and most is None else [value]
    found = [each for each in texts if isinstance(each, str) and each]
    if not found or len(found) != len(texts):
        raise ConfigError(f"{where} must be a text; * stands for any letters")
    return found


def _pattern(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ConfigError(f"{where} must be a text")
    import re2  # only where somebody has such a rule

    try:
        is_empty = re2.compile(value, _quiet(re2)).search("") is not None
    except re2.error as error:
        reason = error.args[0] if error.args else error
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        raise ConfigError(f"{where} is no pattern of RE2: {said}") from None
    if is_empty:
        raise ConfigError(f"{where} fits a text of no letters: it would stand between any two")
    return value


def _quiet(re2: Anything) -> Anything:
    options = re2.Options()
    options.log_errors = False
    return options


def _paths(table: Mapping[str, Anything], key: str, where: str) -> tuple[FieldPath, ...]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise ConfigError(f"{where}.{key} must be a list of texts")
    return tuple(_path(each, f"{where}.{key}[{number}]") for number, each in enumerate(value))


def _path(text: object, where: str) -> FieldPath:
    if not isinstance(text, str):
        raise ConfigError(f"{where} must be a text")
    match = _PART.match(text)
    if match is None:
        raise ConfigError(f"{where}: {text!r} begins with none of key, value and headers; {_HOW}")
    part, rest = match[1], text[match.end() :]
    if part == "headers" and rest.startswith("."):
        # Names of headers are full of dots, and nothing lies below one.
        steps: tuple[Step, ...] = (rest[1:],)
    else:
        steps = _steps(rest, text, where)
    if part == "headers" and (len(steps) > 1 or not all(isinstance(each, str) and each for each in steps)):
        raise ConfigError(f"{where}: {text!r} is no header; {_HOW}")
    return FieldPath("key" if part == "key" else "value" if part == "value" else "headers", steps)


def _steps(rest: str, text: str, where: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None:
            raise ConfigError(f"{where}: {text!r} is no path from {rest[at:]!r} on; {_HOW}")
        steps.append(_step(match))
        at = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> Step:
    if (name := match["name"]) is not None:
        return {"*": Any.NAME, "**": Any.DEEP}.get(name, name)
    if (quoted := match["quoted"]) is not None:
        return re.sub(r"\\(.)", r"\1", quoted)
    return Any.ELEMENT if match["index"] == "*" else int(match["index"])
