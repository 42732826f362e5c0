"""The line of `lag --nagios`: what leads to which state, and names that would break it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kafkatui.cli.lag_checks import Checked, Checks, Finding
from kafkatui.cli.nagios import State, line, state_of, unread
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.groups import Group
from kafkatui.model.outlook import GroupOutlook, Outlook
from kafkatui.model.problems import Problem, Reading
from tests.builders import NO_ANSWER, a_group, a_group_partition

CHECKS = Checks(records=100, seconds=300, percent=80)
STOP, WARN = Finding("group a is STOP"), Finding("group b is WARN", is_warning=True)


def of_group(name: str = "billing", committed: Reading = 880, age: Reading = 5_300) -> tuple[Group, GroupOutlook]:
    group = a_group(name, [a_group_partition(committed=committed)])
    rows = {TopicPartition("orders", 0): Outlook(time_lag=age, retention_share=12.0)} if committed != 1_000 else {}
    return group, GroupOutlook(partitions=rows, time_lag=age)


def told(found: Checked, checks: Checks = CHECKS, *groups: tuple[Group, GroupOutlook]) -> str:
    return line(found, checks, [group for group, _ in groups], {group.group: each for group, each in groups})


@pytest.mark.parametrize(
    ("unmet", "unknown", "state"),
    [
        ([], [], State.OK),
        ([WARN], [], State.WARNING),
        ([WARN, STOP], [], State.CRITICAL),
        ([], ["no answer"], State.UNKNOWN),
        ([WARN], ["no answer"], State.WARNING),
        ([STOP], ["no answer"], State.CRITICAL),
    ],
)
def test_the_worst_counts(unmet: Sequence[Finding], unknown: Sequence[str], state: State) -> None:
    found = Checked(tuple(unmet), tuple(unknown))
    assert state_of(found) is state
    assert told(found).startswith(f"LAG {state.name} - ")


def test_well() -> None:
    numbers = "'billing'=120;;100;0 'billing time'=5.3s;;300;0 'billing unread'=12%;;80;0;100"
    assert told(Checked(), CHECKS, of_group()) == f"LAG OK - 1 group 120 records behind, at most 5.3s | {numbers}"


def test_nothing_to_read_is_no_age() -> None:
    said = told(Checked(), Checks(records=5), of_group(committed=1_000))
    assert said == "LAG OK - 1 group 0 records behind | 'billing'=0;;5;0 'billing time'=0s;;;0"


def test_what_is_not_known_is_no_number() -> None:
    said = told(Checked(unknown=("group billing: no answer",)), CHECKS, of_group(committed=NO_ANSWER, age=NO_ANSWER))
    assert said.startswith("LAG UNKNOWN - group billing: no answer | 'billing'=U;;100;0 'billing time'=U;;300;0")


def test_a_group_that_reads_nothing_has_no_numbers() -> None:
    assert (
        told(Checked(), CHECKS, (a_group("idle", []), GroupOutlook(time_lag=None)))
        == "LAG OK - 1 group 0 records behind"
    )


def test_names_do_not_break_the_line() -> None:
    found = Checked((Finding("group it's|=\n\x1b[2J lags"),))
    said = told(found, Checks(records=5), of_group("it's|=\n\x1b[2J"))
    text, numbers = said.split(" | ")
    assert text == "LAG CRITICAL - group it's_=␊␛[2J lags"
    assert numbers == "'it_s__␊␛[2J'=120;;5;0 'it_s__␊␛[2J time'=5.3s;;;0"
    assert unread("a|b:9092: refused") == "LAG UNKNOWN - a_b:9092: refused"


def test_the_gravest_is_named_first_and_the_rest_is_counted() -> None:
    found = Checked((WARN, *[STOP] * 11), ("no answer",))
    said = told(found)
    assert said.startswith("LAG CRITICAL - group a is STOP; ")
    assert said.endswith("; 3 more")


@pytest.mark.parametrize(("age", "shown"), [(1, "0.001s"), (0, "0s"), (1_234_567_890, "1234567.89s")])
def test_a_time_is_in_seconds(age: int, shown: str) -> None:
    assert f"'billing time'={shown};;300;0" in told(Checked(), CHECKS, of_group(age=age))


def test_an_age_of_which_a_part_is_unknown_is_unknown() -> None:
    rows = [a_group_partition(partition=at, committed=900) for at in (0, 1)]
    ages = {rows[0].name: Outlook(time_lag=5_000), rows[1].name: Outlook(time_lag=Problem("no_answer", "no answer"))}
    said = told(Checked(), CHECKS, (a_group("billing", rows), GroupOutlook(partitions=ages)))
    assert "'billing time'=U;;300;0" in said
    assert "'billing unread'=U;;80;0;100" in said
