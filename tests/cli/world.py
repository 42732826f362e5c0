"""A small cluster that holds every kind of value the command line prints, and names that try to break the printing."""

from __future__ import annotations

from dataclasses import replace

from kafkatui.model.groups import Group, GroupType, Member
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import Snapshot
from tests.builders import a_broker, a_group, a_group_partition, a_partition, a_snapshot, a_topic

LEADERLESS = Problem("leaderless", "no leader: can not be read or written")
NO_ANSWER = Problem("no_answer", "broker 3: no answer for 4 s")
EVIL = '=cmd|"\x1b[2J\n\u202e,end'
"""A group's id may hold anything: a formula, quotes, a comma, a line break, an escape and a bidi override."""


def a_hard_world() -> Snapshot:
    brokers = [
        a_broker(1),
        a_broker(2, is_controller=True, rack=None),
        a_broker(3, disk=NO_ANSWER, version=NO_ANSWER, problem=NO_ANSWER),
    ]
    orders = [
        a_partition("orders", 0, start=100),
        a_partition("orders", 1, in_sync=(2, 1)),
        a_partition("orders", 2, leader=None, in_sync=(3,), offline=(1, 2, 3), end=LEADERLESS, start=LEADERLESS,
                    stable_end=LEADERLESS, size=LEADERLESS, problem=LEADERLESS),
    ]  # fmt: skip
    secret = a_topic("secret", 0, problem=Problem("topic_authorization_failed", "not authorized to see this topic"))
    topics = [
        a_topic("__consumer_offsets", 1, internal=True),
        a_topic("orders", orders),
        a_topic("payments", 2),
        secret,
    ]
    return a_snapshot(brokers, topics, [_billing(), _evil(), _lost(), _share(), a_group("unused", [], members=())])


def _billing() -> Group:
    member = Member("billing-1-0d3f", "billing-1", "/127.0.0.1", partitions=(a_partition("payments", 1).name,))
    rows = [
        a_group_partition("orders", 0, committed=40),
        a_group_partition("orders", 1, committed=2_007),
        a_group_partition("orders", 2, committed=10),
        a_group_partition("payments", 0, committed=1_000),
    ]
    return a_group("billing", rows, members=(member,))


def _evil() -> Group:
    return a_group(EVIL, [a_group_partition("payments", 0)], type=GroupType.CONSUMER, members=())


def _lost() -> Group:
    return replace(a_group("lost", coordinator=3), members=NO_ANSWER, partitions=NO_ANSWER)


def _share() -> Group:
    member = Member("s-1-77aa", "s-1", "/127.0.0.1", partitions=(a_partition("payments", 1).name,))
    rows = [a_group_partition("payments", 0, committed=990)]
    return a_group("picking", rows, type=GroupType.SHARE, protocol="share", members=(member,), coordinator=2)
