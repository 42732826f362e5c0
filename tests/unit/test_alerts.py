"""Rules of a user's own: when they begin and end, how they are written down, and the bytes a terminal gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kafkatui.config.alerts import alert_rules
from kafkatui.config.errors import ConfigError
from kafkatui.model.alert_rules import AlertRule, Notify, When
from kafkatui.model.alerts import CALM, Alert, Alerts
from kafkatui.model.cluster import Health
from kafkatui.model.events import Event, Subject
from kafkatui.model.outlook import GroupOutlook, Judgement, Verdict
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.tui.notices import BELL_SECONDS, Notices
from tests.builders import (
    AT,
    NO_ANSWER,
    a_broker,
    a_group,
    a_group_partition,
    a_partition,
    a_snapshot,
    a_topic,
    an_event,
)

LAG = AlertRule(When.LAG, "bill*", above=100)


def lagging(lag: int | None, name: str = "billing") -> Snapshot:
    group = a_group(name, [a_group_partition(committed=1_000 - (lag or 0))])
    return a_snapshot(groups=[group if lag is not None else replace(group, partitions=NO_ANSWER)])


def told(rule: AlertRule, *readings: Snapshot, seconds: float = 5.0) -> list[list[str]]:
    """What is told of each reading, so many seconds apart."""
    alerts = Alerts([rule])
    looked = [alerts.look(snapshot, AT + seconds * number) for number, snapshot in enumerate(readings)]
    return [[alert.event.text for alert in found] for found in looked]


def test_a_lag_above_its_bound_is_told_once_and_so_is_its_end() -> None:
    lags = [100, 101, 500, 300, 90, 80, 70, 60]
    begins, ends = "alert: lag of billing is 101, the bound 100", "alert over: lag of billing is 70, the bound 100"
    assert told(LAG, *map(lagging, lags)) == [[], [begins], [], [], [], [], [ends], []]


def test_a_value_that_swings_about_its_bound_is_one_alert() -> None:
    assert told(LAG, *map(lagging, [101, 99, 101, 99, 101, 99, 101])) == [
        ["alert: lag of billing is 101, the bound 100"],
        *[[]] * 6,
    ]


def test_it_must_hold_as_long_as_it_says_and_be_over_for_as_long() -> None:
    rule = replace(LAG, hold=30)
    found = told(rule, *map(lagging, [200, 200, 0, *[200] * 7, *[0] * 7, 0]))
    assert [number for number, texts in enumerate(found) if texts] == [9, 16]


def test_what_is_not_known_neither_begins_nor_ends_it() -> None:
    found = told(LAG, *map(lagging, [None, None, 200, None, None, None, None, 200, None]))
    assert [number for number, texts in enumerate(found) if texts] == [2]
    stale = replace(lagging(200), problems=(NO_ANSWER,))
    assert told(LAG, stale, stale) == [[], []]


def test_a_group_that_goes_ends_it_unless_a_silent_broker_may_have_it() -> None:
    gone = a_snapshot(groups=[])
    hidden = replace(gone, unlisted={1: NO_ANSWER})
    assert told(LAG, lagging(200), hidden, hidden, hidden, seconds=CALM)[1:] == [[], [], []]
    assert told(LAG, lagging(200), gone, gone, seconds=CALM)[1:] == [[], ["alert over: billing is gone"]]


def test_only_the_things_it_names() -> None:
    assert told(LAG, lagging(200, "mailer")) == [[]]


def test_before_a_reading_is_complete_nothing_is_told() -> None:
    assert told(LAG, replace(lagging(200), stage=Stage.OFFSETS)) == [[]]


def outlook(verdict: Verdict | None = None, time_lag: Reading | None = 0) -> Snapshot:
    judgement = None if verdict is None else Judgement(verdict, "12 commits of 900", 60_000)
    return a_snapshot(groups=[a_group()], outlooks={"billing": GroupOutlook(time_lag=time_lag, judgement=judgement)})


STALLS = AlertRule(When.VERDICT, verdicts=frozenset({Verdict.STALL}))
LATE = AlertRule(When.TIME_LAG, above=60_000)
NO_LEADER = a_snapshot(topics=[a_topic("orders", [a_partition(leader=None), a_partition(partition=1)])])
GONE = a_snapshot(brokers=[a_broker(1), a_broker(3, problem=Problem("gone", "connection refused"))])


@pytest.mark.parametrize(
    ("rule", "snapshot", "text"),
    [
        (STALLS, outlook(Verdict.STALL), "alert: billing STALL: 12 commits of 900"),
        (STALLS, outlook(Verdict.STOP), ""),
        (STALLS, outlook(None), ""),
        (LATE, outlook(time_lag=61_000), "alert: billing is 61 s late, the bound 60 s"),
        (LATE, outlook(time_lag=60_000), ""),
        (LATE, outlook(time_lag=NO_ANSWER), ""),
        (LATE, outlook(time_lag=None), ""),
        (LATE, a_snapshot(groups=[a_group()]), ""),
        (AlertRule(When.LEADERLESS), NO_LEADER, "alert: orders has 1 partitions without a leader"),
        (AlertRule(When.LEADERLESS, "pay*"), NO_LEADER, ""),
        (AlertRule(When.BROKER), GONE, "alert: broker 3: connection refused"),
        (AlertRule(When.BROKER, "1"), GONE, ""),
        (AlertRule(When.BROKER, "1"), a_snapshot(problems=(NO_ANSWER,)), "alert: no answer"),
    ],
)
def test_each_kind_of_rule(rule: AlertRule, snapshot: Snapshot, text: str) -> None:
    assert told(rule, snapshot) == [[text] if text else []]


def test_many_at_once_are_one_alert() -> None:
    groups = [a_group(f"billing-{number}", [a_group_partition(committed=0)]) for number in range(50)]
    assert told(LAG, a_snapshot(groups=groups)) == [["alert: lag of billing-0 is 1000, the bound 100 (and 49 others)"]]


def test_what_was_told_stands_among_the_events_in_its_place() -> None:
    alerts = Alerts([LAG])
    before = replace(lagging(200), events=(an_event(at=AT - 10),))
    assert alerts.with_events(before) is before
    alerts.look(before, AT)
    events = (an_event("newer", at=AT + 5), an_event("older", at=AT - 10))
    seen = alerts.with_events(replace(before, events=events)).events
    assert [event.text for event in seen] == ["newer", "alert: lag of billing is 200, the bound 100", "older"]


# Written down


def rules(root: Path, user: str = "", project: str = "") -> tuple[AlertRule, ...]:
    (root / "config.toml").write_text(user)
    (root / ".kafkatui.toml").write_text(project)
    return alert_rules({"HOME": str(root), "KAFKATUI_CONFIG": str(root / "config.toml")}, root)


def test_rules_are_read_from_both_files(tmp_path: Path) -> None:
    user = """
        [[alerts]]
        when = "lag"
        group = "billing*"
        above = 1000
        for = "30s"
        notify = ["bell", "osc9", "title"]
        context = "prod*"
        [[alerts]]
        when = "verdict"
        [[alerts]]
        when = "verdict"
        is = "WARN"
    """
    project = '[[alerts]]\nwhen = "time_lag"\nabove = "5m"\n[[alerts]]\nwhen = "broker"\nbroker = "1"'
    assert rules(tmp_path, user, project) == (
        AlertRule(When.TIME_LAG, above=300_000),
        AlertRule(When.BROKER, "1"),
        AlertRule(When.LAG, "billing*", 1000, hold=30.0, notify=tuple(Notify), context="prod*"),
        AlertRule(When.VERDICT, verdicts=frozenset({Verdict.STALL, Verdict.STOP, Verdict.REWIND})),
        AlertRule(When.VERDICT, verdicts=frozenset({Verdict.WARN})),
    )
    assert rules(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alerts = 1", "config.toml:1: alerts must be a list of tables; write each as [[alerts]]"),
        ("[alerts]\nwhen = 1", "config.toml:1: alerts must be a list of tables"),
        ("alerts = [1]", "config.toml:1: alerts[0] must be a table"),
        ("[[alerts]]", "alerts[0].when must be one of lag, time_lag, verdict, leaderless, broker"),
        ("[[alerts]]\nwhen = ['lag']", "alerts[0].when must be one of"),
        ('[[alerts]]\nwhen = "lag"', "alerts[0].above must be a number of records"),
        ('[[alerts]]\nwhen = "lag"\nabove = true', "alerts[0].above must be a number of records"),
        ('[[alerts]]\nwhen = "lag"\nabove = 1\ntopic = "a"', "alerts[0].topic is not a setting of lag; known are when"),
        ('[[alerts]]\nwhen = "broker"\nabove = 1', "alerts[0].above is not a setting of broker"),
        ('[[alerts]]\nwhen = "lag"\nabove = 1\nfor = 30', 'alerts[0].for must be a length of time; write it as "30s"'),
        ('[[alerts]]\nwhen = "lag"\nabove = 1\nfor = "soon"', "alerts[0].for: 'soon' is not a length of time"),
        ('[[alerts]]\nwhen = "time_lag"\nabove = 5', 'alerts[0].above must be a length of time; write it as "5m"'),
        ('[[alerts]]\nwhen = "verdict"\nis = ["BAD"]', "alerts[0].is must be one of OK, WARN, STALL, STOP, REWIND"),
        ('[[alerts]]\nwhen = "verdict"\nis = []', "alerts[0].is must be a list of words"),
        ('[[alerts]]\nwhen = "broker"\nnotify = "mail"', "alerts[0].notify must be one of bell, osc9, title"),
        ('[[alerts]]\nwhen = "broker"\ncontext = ""', "alerts[0].context must be a text"),
        ('[[alerts]]\nwhen = "broker"\n[[alerts]]\nwhen = "no"', "alerts[1].when must be one of"),
    ],
)
def test_a_wrong_rule_is_told_where_and_what(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        rules(tmp_path, text)
    assert expected in str(raised.value)
    with pytest.raises(ConfigError, match=r"\.kafkatui\.toml:\d+: "):
        rules(tmp_path, project=text)


# Told to a terminal

EVERY = replace(LAG, notify=tuple(Notify))


def an_alert(text: str = "alert: lag", rule: AlertRule = EVERY, begins: bool = True) -> Alert:
    return Alert(rule, Event(AT, Subject.GROUP, "billing", text, Health.BAD), begins)


def test_each_way_to_tell_it_has_its_bytes() -> None:
    written: list[str] = []
    notices = Notices(written.append)
    notices.tell([an_alert()], [EVERY], AT)
    assert written == [
        "\a",
        "\x1b]9;kafkatui: alert: lag\a",
        "\x1b[22;2t\x1b]2;! alert: lag, 1 in all - kafkatui\a",
    ]
    written.clear()
    notices.tell([], [EVERY], AT + 60)
    assert written == []
    notices.tell([an_alert("alert over: lag", begins=False)], [], AT + 60)
    assert written == ["\a", "\x1b]9;kafkatui: alert over: lag\a", "\x1b[23;2t"]
    notices.close()
    assert len(written) == 3


def test_a_rule_that_only_rings_writes_nothing_else() -> None:
    written: list[str] = []
    notices = Notices(written.append)
    notices.tell([an_alert(rule=LAG)], [LAG], AT)
    notices.close()
    assert written == ["\a"]


def test_it_never_rings_twice_within_a_few_seconds() -> None:
    written: list[str] = []
    notices = Notices(written.append)
    for second in range(11):
        notices.tell([an_alert(rule=LAG)] * 3, [LAG], AT + second)
    assert written == ["\a"] * (1 + 10 // int(BELL_SECONDS))


@pytest.mark.parametrize(
    "name",
    ["\x1b]2;owned\x07", "\x9d2;owned\x9c", "a\x07\x1b\\b", "evil\u202e", "\u2514\u009c", "x" * 10_000, "\r\n\x00\x7f"],
    ids=repr,
)
def test_no_text_of_the_cluster_gets_out_of_its_sequence(name: str) -> None:
    written: list[str] = []
    notices = Notices(written.append)
    found = Alerts([replace(EVERY, name="*")]).look(lagging(200, name), AT)
    notices.tell(found, [EVERY], AT)
    _, said, title = written
    for sequence, start in ((said, "\x1b]9;kafkatui: "), (title, "\x1b[22;2t\x1b]2;! ")):
        inside = sequence.removeprefix(start).removesuffix("\a")
        assert len(sequence) - len(inside) == len(start) + 1
        assert inside.isascii()
        assert inside.isprintable()
        assert len(inside) < 200
