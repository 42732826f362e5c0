"""The commands against real brokers: looking changes nothing, and what is printed is there."""

from __future__ import annotations

import json

import pytest

from kafkatui.minicluster.cluster import Status
from tests.cli.conftest import Kafkatui

NOWHERE = "no-such-topic"
LOOKING = [
    f"topics {NOWHERE}",
    f"topics {NOWHERE}*",
    f"describe topic {NOWHERE}",
    f"lag -t {NOWHERE}",
    f"lag {NOWHERE}",
    f"groups {NOWHERE}",
    f"brokers {NOWHERE}",
]


def topics(kafkatui: Kafkatui, mini_cluster: Status) -> list[str]:
    ran = kafkatui("topics", "-b", mini_cluster.bootstrap, "--json")
    assert (ran.code, ran.err) == (0, "")
    return [topic["topic"] for topic in json.loads(ran.out)["topics"]]


def test_looking_for_a_topic_does_not_make_it(mini_cluster: Status, kafkatui: Kafkatui) -> None:
    before = topics(kafkatui, mini_cluster)
    for line in LOOKING:
        ran = kafkatui(*line.split(), "-b", mini_cluster.bootstrap)
        assert ran.code == 1, line
        assert NOWHERE in ran.err.splitlines()[-1], line
    assert topics(kafkatui, mini_cluster) == before
    assert NOWHERE not in before


def test_every_broker_is_listed_with_its_address(mini_cluster: Status, kafkatui: Kafkatui) -> None:
    ran = kafkatui("brokers", "-b", mini_cluster.bootstrap.split(",")[0], "--json")
    document = json.loads(ran.out)
    assert document["cluster_id"] == mini_cluster.cluster_id
    assert [(each["broker"], each["host"], each["port"], each["rack"]) for each in document["brokers"]] == [
        (broker.node_id, broker.host, broker.port, broker.rack) for broker in mini_cluster.brokers
    ]
    assert [each["controller"] for each in document["brokers"]].count(True) == 1


def test_the_running_mini_cluster_needs_no_name(
    mini_cluster: Status, kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(mini_cluster.home.parent.parent))
    for flags in ([], ["-c", "dev"]):
        ran = kafkatui("brokers", "--no-headers", *flags)
        assert (ran.code, len(ran.out.splitlines())) == (0, 3)
