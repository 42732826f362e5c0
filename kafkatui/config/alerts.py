"""`[[alerts]]` of the config files: what the screen is to tell a user. When a rule holds is in `model.alerts`.

[[alerts]]
when = "lag"                  # lag, time_lag, verdict, leaderless, broker
group = "billing*"            # a glob; also topic (leaderless) and broker (its id); all of them without it
above = 1000                  # lag: records; time_lag: a length of time, "5m"
for = "30s"                   # told when it has held so long, and that it is over when it has not for as long
notify = ["bell", "osc9", "title"]      # bell alone without it
context = "prod*"             # only on clusters of these contexts

[[alerts]]
when = "verdict"
is = ["STALL", "STOP"]        # these and REWIND without it; also WARN
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kafkatui.config.durations import seconds
from kafkatui.config.errors import ConfigError
from kafkatui.config.files import Files, read_files
from kafkatui.model.alert_rules import AlertRule, Notify, When
from kafkatui.model.outlook import Verdict

_NAMES = {
    When.LAG: "group",
    When.TIME_LAG: "group",
    When.VERDICT: "group",
    When.LEADERLESS: "topic",
    When.BROKER: "broker",
}
"""What the glob of each kind is called."""
_OWN = {When.LAG: ("above",), When.TIME_LAG: ("above",), When.VERDICT: ("is",)}
_ALL = ("when", "for", "notify", "context")
_USUAL = frozenset({Verdict.STALL, Verdict.STOP, Verdict.REWIND})


def alert_rules(environ: Mapping[str, str], folder: Path) -> tuple[AlertRule, ...]:
    """The rules as seen from `folder`, the project's and the user's. Raises ConfigError that names file and key."""
    return rules_of(read_files(environ, folder))


def rules_of(files: Files) -> tuple[AlertRule, ...]:
    """Raises ConfigError that names file and key."""
    return tuple(rule for file, tables in files.alerts for rule in _rules(file, tables))


def _rules(file: Path, tables: Sequence[Any]) -> Iterator[AlertRule]:
    for number, table in enumerate(tables):
        where = f"{file}: alerts[{number}]"
        if not isinstance(table, dict):
            raise ConfigError(f"{where} must be a table")
        yield _rule(table, where)


def _rule(table: Mapping[str, Any], where: str) -> AlertRule:
    when = _word(table.get("when"), When, f"{where}.when")
    known = (*_ALL, _NAMES[when], *_OWN.get(when, ()))
    for key in sorted(table.keys() - set(known)):
        raise ConfigError(f"{where}.{key} is not a setting of {when}; known are {', '.join(known)}")
    return AlertRule(
        when,
        name=_text(table, _NAMES[when], where),
        above=_above(table, when, where),
        verdicts=_verdicts(table, where) if when is When.VERDICT else frozenset(),
        hold=_hold(table, where),
        notify=_notify(table, where),
        context=_text(table, "context", where),
    )


def _word(value: object, kind: type[Any], where: str) -> Any:
    words = [each.value for each in kind]
    if value not in words:
        raise ConfigError(f"{where} must be one of {', '.join(words)}")
    return kind(value)


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key, "*")
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where}.{key} must be a text; * stands for any letters")
    return value


def _above(table: Mapping[str, Any], when: When, where: str) -> float:
    value = table.get("above")
    if when is When.LAG:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ConfigError(f"{where}.above must be a number of records")
        return value
    if when is When.TIME_LAG:
        if not isinstance(value, str):
            raise ConfigError(f'{where}.above must be a length of time; write it as "5m"')
        return seconds(value, f"{where}.above") * 1_000
    return 0.0


def _hold(table: Mapping[str, Any], where: str) -> float:
    value = table.get("for")
    if value is None:
        return 0.0
    if not isinstance(value, str):
        raise ConfigError(f'{where}.for must be a length of time; write it as "30s"')
    return seconds(value, f"{where}.for")


def _verdicts(table: Mapping[str, Any], where: str) -> frozenset[Verdict]:
    if "is" not in table:
        return _USUAL
    return frozenset(_word(each, Verdict, f"{where}.is") for each in _list(table["is"], f"{where}.is"))


def _notify(table: Mapping[str, Any], where: str) -> tuple[Notify, ...]:
    if "notify" not in table:
        return (Notify.BELL,)
    return tuple(_word(each, Notify, f"{where}.notify") for each in _list(table["notify"], f"{where}.notify"))


def _list(value: object, where: str) -> list[object]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not value:
        raise ConfigError(f"{where} must be a list of words")
    return value
