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
from kafkatui.config.sections import Section, where
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
        keys = ("alerts", number)
        if not isinstance(table, dict):
            raise ConfigError(f"{where(file, keys)} must be a table")
        yield _rule(Section(file, keys, table))


def _rule(table: Section) -> AlertRule:
    when = _word(table.values.get("when"), When, table.at("when"))
    known = (*_ALL, _NAMES[when], *_OWN.get(when, ()))
    for key in sorted(table.values.keys() - set(known)):
        raise ConfigError(f"{table.at(key)} is not a setting of {when}; known are {', '.join(known)}")
    return AlertRule(
        when,
        name=_glob(table, _NAMES[when]),
        above=_above(table, when),
        verdicts=_verdicts(table) if when is When.VERDICT else frozenset(),
        hold=_hold(table),
        notify=_notify(table),
        context=_glob(table, "context"),
    )


def _word(value: object, kind: type[Any], at: object) -> Any:
    words = [each.value for each in kind]
    if value not in words:
        raise ConfigError(f"{at} must be one of {', '.join(words)}")
    return kind(value)


def _glob(table: Section, key: str) -> str:
    value = table.values.get(key, "*")
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{table.at(key)} must be a text; * stands for any letters")
    return value


def _above(table: Section, when: When) -> float:
    value = table.values.get("above")
    if when is When.LAG:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ConfigError(f"{table.at('above')} must be a number of records")
        return value
    if when is When.TIME_LAG:
        if not isinstance(value, str):
            raise ConfigError(f'{table.at("above")} must be a length of time; write it as "5m"')
        return seconds(value, table.at("above")) * 1_000
    return 0.0


def _hold(table: Section) -> float:
    value = table.values.get("for")
    if value is None:
        return 0.0
    if not isinstance(value, str):
        raise ConfigError(f'{table.at("for")} must be a length of time; write it as "30s"')
    return seconds(value, table.at("for"))


def _verdicts(table: Section) -> frozenset[Verdict]:
    if "is" not in table:
        return _USUAL
    return frozenset(_word(each, Verdict, table.at("is")) for each in _list(table, "is"))


def _notify(table: Section) -> tuple[Notify, ...]:
    if "notify" not in table:
        return (Notify.BELL,)
    return tuple(_word(each, Notify, table.at("notify")) for each in _list(table, "notify"))


def _list(table: Section, key: str) -> list[object]:
    value = table.values[key]
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not value:
        raise ConfigError(f"{table.at(key)} must be a list of words")
    return value
