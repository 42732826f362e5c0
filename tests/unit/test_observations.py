"""What was seen over time: merged where nothing moved, bounded, and never told beyond what was sampled."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from math import inf

import pytest

from kafkatui.model.cluster import Topology
from kafkatui.model.groups import Group
from kafkatui.model.observations import Observations
from kafkatui.model.outlook import GroupOutlook, Outlook, Verdict
from kafkatui.model.parts import Parts
from kafkatui.model.problems import Problem
from kafkatui.model.reckoning import ENOUGH, outlooks
from kafkatui.model.stretches import KEPT, Stretch, Stretches
from kafkatui.model.unread import FirstUnread, ReadFrom
from tests.builders import AT, NO_ANSWER, a_group, a_group_partition, a_partition, a_topic

NAME = a_partition().name
EMPTY = Parts(Topology(None, {}, {}))


def stretches(*samples: tuple[float, int]) -> Stretches:
    made = Stretches(*samples[0])
    for at, value in samples[1:]:
        if value == made.value:
            made.until = at
        else:
            made.move(at, value)
    return made


class Watched:
    """One partition and one group that are looked at each second, or when a test says."""

    def __init__(self, members: int = 1) -> None:
        self.seen = Observations()
        self.at = AT
        self.members = members

    def look(self, end: int, committed: int | None, *, after: float = 1.0, topic_id: str = "a") -> None:
        self.at += after
        topics = {"orders": a_topic("orders", [a_partition(end=end)], topic_id=topic_id)}
        self.group = self.of(end, committed)
        self.seen.add(self.at, topics, {"billing": self.group})

    def looks(self, seconds: int, end: Callable[[int], int], committed: Callable[[int], int]) -> None:
        for second in range(seconds):
            self.look(end(second), committed(second))

    def of(self, end: int, committed: int | None) -> Group:
        changes = {} if self.members else {"members": (), "state": "Empty"}
        return a_group("billing", [a_group_partition(committed=committed, end=end)], **changes)

    def whole(self, parts: Parts = EMPTY) -> GroupOutlook:
        return outlooks({"billing": self.group}, parts, self.seen, self.at)["billing"]

    def outlook(self, parts: Parts = EMPTY) -> Outlook:
        return self.whole(parts).partitions[NAME]


def age_of(outlook: Outlook) -> tuple[object, bool]:
    age = outlook.time_lag
    return (age.code if isinstance(age, Problem) else age), outlook.is_estimated


def test_what_does_not_move_is_one_stretch() -> None:
    made = stretches((1, 5), (2, 5), (3, 5), (4, 9), (5, 9))
    assert list(made.newest_first()) == [Stretch(4, 5, 9), Stretch(1, 3, 5)]
    assert (made.at(2), made.at(3.5), made.at(4), made.at(0)) == (5, None, 9, None)


def test_memory_is_bounded_and_the_first_sample_stays() -> None:
    made = stretches(*((float(at), at) for at in range(10_000)))
    kept = list(made.newest_first())
    assert len(kept) <= KEPT
    assert kept[-1] == Stretch(0, 0, 0)
    assert [each.value for each in kept[:10]] == list(range(9_999, 9_989, -1))


def test_where_a_number_went_back_is_kept_longer_than_what_lies_around() -> None:
    made = stretches(*((float(at), at if at < 20 else at - 15) for at in range(60)))
    assert (5, 19) in pairwise(each.value for each in made.newest_first())


def test_what_goes_back_all_the_time_does_not_grow_for_ever() -> None:
    made = stretches(*((float(at), at % 2) for at in range(10_000)))
    assert len(list(made.newest_first())) <= KEPT


def test_a_burst_after_silence_is_placed_between_the_two_samples_around_it() -> None:
    watched = Watched()
    watched.looks(60, lambda _: 10, lambda _: 10)
    before = watched.at
    watched.look(10_010, 10)
    watched.looks(20, lambda _: 10_010, lambda _: 10)
    age, is_estimated = age_of(watched.outlook())
    assert is_estimated
    assert isinstance(age, int)
    assert before <= watched.at - age / 1000 <= before + 1


def test_what_was_there_at_the_first_look_has_no_estimate() -> None:
    watched = Watched()
    watched.looks(60, lambda second: 1_000 + second, lambda _: 999)
    assert age_of(watched.outlook()) == ("older_than_sampled", False)
    watched.look(1_060, 1_000)
    assert age_of(watched.outlook())[1]


@pytest.mark.parametrize("seed", range(30))
def test_an_estimate_never_leaves_the_samples_around_the_truth(seed: int) -> None:
    """A log that grows in bursts is watched at uneven moments: what is estimated lies between two of them."""
    rolls = random.Random(seed)
    moments, ends, end = [], [], rolls.randrange(100)
    first = end
    series: Stretches | None = None
    at = 0.0
    for _ in range(rolls.randrange(2, 400)):
        at += rolls.choice((0.5, 1.0, 2.0, 30.0))
        end += rolls.choice((0, 0, 0, 1, 7, 10_000))
        moments.append(at)
        ends.append(end)
        series = stretches((at, end)) if series is None else extended(series, at, end)
    assert series is not None
    for offset in [first - 1, end, *(rolls.randrange(first, end + 1) for _ in range(50))]:
        passed = series.passed(offset)
        index = bisect_right(ends, offset)
        if offset < ends[0] or index == len(ends):
            assert passed is None
            continue
        assert passed is not None
        kept = sorted({each for stretch in series.newest_first() for each in stretch[:2]})
        below = [each for each in kept if each <= moments[index - 1] + 0.001]
        above = [each for each in kept if each >= moments[index] - 0.001]
        assert below[-1] - 0.002 <= passed <= above[0] + 0.002


def extended(series: Stretches, at: float, value: int) -> Stretches:
    if value == series.value:
        series.until = at
    else:
        series.move(at, value)
    return series


def test_the_first_unread_record_is_exact() -> None:
    watched = Watched()
    watched.look(1_000, 900)
    found = FirstUnread(905, round(AT * 1000) - 4_000, 1_000)
    outlook = watched.outlook(with_unread(900, found))
    assert age_of(outlook) == (5_000, False)


@pytest.mark.parametrize(
    ("found", "age"),
    [
        (FirstUnread(None, None, 1_000), 0),
        (FirstUnread(None, None, 950), "not_sampled"),
        (FirstUnread(900, round(AT * 1000) + 999, 1_000), 0),
        (FirstUnread(900, round(AT * 1000) + 90_000, 1_000), "clock_skew"),
        (FirstUnread(900, -1, 1_000), "no_timestamp"),
        (NO_ANSWER, "no_answer"),
        (None, "not_sampled"),
    ],
)
def test_without_observations_the_reading_tells_what_it_can(found: FirstUnread | Problem | None, age: object) -> None:
    group = a_group("billing", [a_group_partition()])
    parts = EMPTY if found is None else with_unread(900, found)
    outlook = outlooks({"billing": group}, parts, None, AT)["billing"].partitions[NAME]
    assert age_of(outlook) == (age, False)
    assert (outlook.retention_share, outlook.judgement, outlook.drains_in) == (10.0, None, None)


def with_unread(offset: int, found: FirstUnread | Problem) -> Parts:
    return Parts(Topology(None, {}, {}), unread={ReadFrom(NAME, offset): found})


@pytest.mark.parametrize(
    ("committed", "start", "place"),
    [(900, 0, 900), (900, 950, 950), (None, 40, 40), (None, NO_ANSWER, None), (NO_ANSWER, 0, None)],
)
def test_where_a_group_reads_on(committed: int | None, start: int, place: int | None) -> None:
    assert a_group_partition(committed=committed, start=start).reads_from == place


def test_a_group_that_has_read_all_is_not_behind() -> None:
    group = a_group("billing", [a_group_partition(committed=1_000)])
    assert outlooks({"billing": group}, EMPTY, None, AT)["billing"].time_lag == 0
    assert outlooks({"billing": a_group("billing", [])}, EMPTY, None, AT)["billing"].time_lag is None
    lost = replace(a_group("billing"), partitions=NO_ANSWER)
    assert outlooks({"billing": lost}, EMPTY, None, AT)["billing"].time_lag == NO_ANSWER


def test_rates_and_the_time_to_drain() -> None:
    watched = Watched()
    watched.looks(31, lambda second: 10_000 + 100 * second, lambda second: 110 * second)
    outlook = watched.outlook()
    assert (outlook.consume_rate, outlook.produce_rate) == pytest.approx((110, 100))
    assert outlook.drains_in == pytest.approx((13_000 - 3_300) / 10)
    assert watched.whole().consume_rate == pytest.approx(110)


@pytest.mark.parametrize("consumed", [0, 99, 100])
def test_who_is_not_faster_than_the_producers_never_drains(consumed: int) -> None:
    watched = Watched()
    watched.looks(31, lambda second: 10_000 + 100 * second, lambda second: consumed * second)
    assert watched.outlook().drains_in == inf


def test_nothing_is_said_before_it_was_watched_long_enough() -> None:
    watched = Watched()
    watched.looks(5, lambda _: 1_000, lambda _: 900)
    outlook = watched.outlook()
    assert (outlook.consume_rate, outlook.drains_in, outlook.judgement) == (None, None, None)
    watched.looks(int(ENOUGH) - 5, lambda _: 1_000, lambda _: 900)
    assert watched.outlook().judgement is None
    watched.look(1_000, 900)
    judgement = watched.outlook().judgement
    assert judgement is not None
    assert judgement.observed_ms == ENOUGH * 1_000


def said(watched: Watched) -> tuple[Verdict, str]:
    judgement = watched.whole().judgement
    assert judgement is not None
    return judgement.verdict, judgement.rule


def test_who_has_members_and_stands_still_is_stalled() -> None:
    watched = Watched()
    watched.looks(200, lambda second: 1_000 + second, lambda _: 900)
    assert said(watched) == (Verdict.STALL, "the commit stands at 900 for 199 s while 299 records wait")
    assert watched.whole().worst == NAME
    assert watched.outlook().still_since == AT + 1


def test_who_has_no_members_has_stopped() -> None:
    watched = Watched(members=0)
    watched.looks(200, lambda second: 1_000 + second, lambda _: 900)
    assert said(watched) == (Verdict.STOP, "no members: no commit after 900 for 199 s while 299 records wait")


def test_who_commits_without_being_a_member_has_not_stopped() -> None:
    watched = Watched(members=0)
    watched.looks(200, lambda second: 1_000 + 10 * second, lambda second: 900 + 10 * (second // 5 * 5))
    assert said(watched)[0] in (Verdict.OK, Verdict.WARN)
    watched.looks(130, lambda _: 3_000, lambda _: 2_850)
    assert said(watched)[0] is Verdict.STOP


def test_who_was_well_until_new_records_came_is_given_time() -> None:
    watched = Watched()
    watched.looks(300, lambda _: 1_000, lambda _: 1_000)
    assert said(watched) == (Verdict.OK, "it has read all")
    watched.looks(60, lambda _: 1_200, lambda _: 1_000)
    assert said(watched)[0] is Verdict.OK
    still_since = watched.outlook().still_since
    assert still_since is not None
    assert AT + 300 <= still_since <= AT + 301
    watched.looks(70, lambda _: 1_200, lambda _: 1_000)
    assert said(watched)[0] is Verdict.STALL


def test_who_falls_behind_is_warned_of_and_who_reads_on_is_well() -> None:
    watched = Watched()
    watched.looks(200, lambda second: 1_000 + 20 * second, lambda second: 10 * (second // 5 * 5))
    verdict, rule = said(watched)
    assert verdict is Verdict.WARN
    assert rule.startswith("the lag has not shrunk over 10 commits in ")
    watched.looks(60, lambda second: 4_980 + 10 * second, lambda second: 2_000 + 40 * (second // 5 * 5))
    assert said(watched)[0] is Verdict.OK


def test_who_went_back_is_said_to_have() -> None:
    watched = Watched()
    watched.looks(60, lambda second: 2_000 + second, lambda second: 1_000 + second)
    watched.looks(30, lambda second: 2_060 + second, lambda second: 500 + second)
    assert said(watched) == (
        Verdict.REWIND,
        "the commit went back from 1059 to 500 and has not come forward again",
    )


@pytest.mark.parametrize(("end", "topic_id"), [(950, "a"), (1_000, "b")])
def test_a_topic_that_was_made_anew_is_forgotten(end: int, topic_id: str) -> None:
    watched = Watched()
    watched.looks(60, lambda _: 1_000, lambda _: 900)
    watched.look(end, 900, topic_id=topic_id)
    outlook = watched.outlook()
    assert (outlook.judgement, outlook.still_since) == (None, None)
    assert watched.seen.commits("billing").get(NAME) is not None


def test_what_is_gone_is_forgotten_and_what_could_not_be_read_is_not() -> None:
    watched = Watched()
    watched.looks(10, lambda second: 1_000 + second, lambda _: 900)
    unread = a_topic("orders", [a_partition(end=NO_ANSWER)], topic_id="a")
    watched.seen.add(watched.at + 1, {"orders": unread}, {"billing": replace(a_group("billing"), partitions=NO_ANSWER)})
    end = watched.seen.ends.get(NAME)
    assert end is not None
    assert (end.value, end.until) == (1_009, watched.at)
    assert watched.seen.commits("billing").get(NAME) is not None
    watched.seen.add(watched.at + 2, {}, {})
    assert watched.seen.ends.get(NAME) is None
    assert watched.seen.commits("billing").get(NAME) is None


def test_a_clock_that_was_set_back_forgets_everything() -> None:
    watched = Watched()
    watched.looks(60, lambda _: 1_000, lambda _: 900)
    watched.look(1_000, 900, after=-30.0)
    assert watched.seen.since == watched.at
    assert watched.outlook().judgement is None


def test_what_retention_will_take() -> None:
    watched = Watched()
    watched.look(1_000, 900)
    found = {ReadFrom(NAME, 900): FirstUnread(900, round(watched.at * 1000) - 60_000, 1_000)}
    for kept, margin in ((3_600_000, 3_540_000), (60_000, 0), (30_000, 0), (None, None), (NO_ANSWER, NO_ANSWER)):
        parts = Parts(EMPTY.topology, unread=found, retention_ms={"orders": kept})
        assert watched.outlook(parts).loses_in_ms == margin
        assert watched.whole(parts).loses_in_ms == margin
    assert watched.outlook(Parts(EMPTY.topology, unread=found)).loses_in_ms is None
    unknown = watched.outlook(Parts(EMPTY.topology, retention_ms={"orders": 60_000}))
    assert unknown.loses_in_ms == unknown.time_lag


def a_wide_group(found: Iterable[tuple[int, FirstUnread]]) -> GroupOutlook:
    rows = [a_group_partition(partition=number, committed=900, end=1_000) for number in range(3)]
    unread = {ReadFrom(rows[number].name, 900): each for number, each in found}
    return outlooks({"g": a_group("g", rows)}, Parts(EMPTY.topology, unread=unread), None, AT)["g"]


def test_a_group_is_as_late_as_its_latest_partition() -> None:
    found = [(number, FirstUnread(900, round(AT * 1000) - 1_000 * (number + 1), 1_000)) for number in range(3)]
    assert a_wide_group(found).time_lag == 3_000
    partly = a_wide_group(found[:2]).time_lag
    assert isinstance(partly, Problem)
    assert partly.last == 2_000
    assert partly.text.startswith("1 of 3 unknown (not sampled yet")
    assert a_wide_group([]).time_lag == outlooks({"g": a_group("g")}, EMPTY, None, AT)["g"].time_lag
