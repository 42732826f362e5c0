"""`groups reset|delete|export` and `undo` up to the point where something would be changed: bytes, codes, sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kafkatui.cli import connect
from kafkatui.model.connection import Connection
from kafkatui.model.groups import GroupType
from kafkatui.undo.journal import Change, Entry, Journal, Result
from tests.builders import a_group, a_group_partition, a_member, a_partition, a_snapshot, a_topic
from tests.cli.conftest import Kafkatui
from tests.cli.test_complete import completed
from tests.fake_cluster import FakeCluster

CLUSTER_ID = "q3xKzW0gRv2mB7aTfN1yLw"
EVIL = "=cmd\x1b[2J\n\u202e,end"
PLAN = f"""\
reset the offsets of billing to start
cluster fake:9092 ({CLUSTER_ID})
group billing: classic, Empty
  TOPIC   PARTITION  BEFORE  AFTER  DELTA  LAG-BEFORE  LAG-AFTER
  orders          0     900     10   -890         100        990
  orders          1      10     10      0        1990       1990
  1 offset changes, 1 stays; lag 2090 before, 2980 after
"""


@pytest.fixture(autouse=True)
def resting(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    """A cluster with groups at rest and a busy one; whoever wants to change it has gone too far."""
    topics = [a_topic("orders", [a_partition("orders", number, start=10) for number in range(3)])]
    empty = {"state": "Empty", "members": ()}
    rows = [a_group_partition("orders", 0, 900), a_group_partition("orders", 1, 10, 2_000)]
    groups = [
        a_group("billing", rows, **empty),
        a_group("busy", rows[:1], members=(a_member("worker-1"),)),
        a_group(EVIL, rows[:1], **empty),
        a_group("picking", rows[:1], type=GroupType.SHARE, **empty),
        a_group("reset", rows[:1], **empty),
    ]
    fake = FakeCluster(a_snapshot(topics=topics, groups=groups))

    def refuse(connection: Connection) -> None:
        raise AssertionError("it would be changed")

    monkeypatch.setattr(connect, "open_source", fake.open)
    monkeypatch.setattr(connect, "open_changing", refuse)
    monkeypatch.setattr(connect, "clock", lambda: fake.snapshot.at)
    monkeypatch.setenv("KAFKATUI_BOOTSTRAP_SERVER", "fake:9092")
    monkeypatch.setenv("TZ", "UTC")
    return fake


def test_a_dry_run_shows_the_plan_and_changes_nothing(kafkatui: Kafkatui, bare_home: Path) -> None:
    ran = kafkatui("groups", "reset", "billing", "--to", "start", "--dry-run")
    assert ran == (0, "", PLAN + "dry run: nothing was changed\n")
    assert list(bare_home.iterdir()) == []


def test_without_a_terminal_and_without_yes_nothing_is_changed(kafkatui: Kafkatui, bare_home: Path) -> None:
    for line in ("reset billing --to start", "delete billing", "delete billing -t orders"):
        ran = kafkatui("groups", *line.split())
        assert (ran.code, ran.out) == (2, "")
        last = ran.err.splitlines()[-1]
        assert last == "kafkatui: nobody can be asked here: give --yes to do it, or --dry-run to see the plan only"
    assert list(bare_home.iterdir()) == []


def test_the_plan_is_one_json_document_on_stdout(kafkatui: Kafkatui) -> None:
    ran = kafkatui("groups", "reset", "billing", "--to", "start", "--dry-run", "--json")
    document = json.loads(ran.out)
    digest = document.pop("plan_hash")
    assert digest.startswith("sha256:")
    row = {"topic": "orders", "start": 10, "note": None, "problem": None}
    assert document == {
        "schema": "kafkatui.reset/1",
        "cluster_id": CLUSTER_ID,
        "cluster": "fake:9092",
        "at": "2026-11-25T15:00:00.000Z",
        "what": "reset the offsets of billing to start",
        "dry_run": True,
        "executed": False,
        "undo": None,
        "counts": {"change": 1, "stay": 1, "left_out": 0, "failed": 0},
        "groups": [
            {
                "group": "billing",
                "type": "classic",
                "state": "Empty",
                "new": False,
                "delete": False,
                "lag_before": 2_090,
                "lag_after": 2_980,
                "notes": [],
                "problem": None,
                "partitions": [
                    {**row, "partition": 0, "before": 900, "after": 10, "delta": -890, "end": 1_000,
                     "lag_before": 100, "lag_after": 990, "result": "planned"},
                    {**row, "partition": 1, "before": 10, "after": 10, "delta": 0, "end": 2_000,
                     "lag_before": 1_990, "lag_after": 1_990, "result": "stays"},
                ],
            }
        ],
        "problem": None,
    }  # fmt: skip
    again = kafkatui("groups", "reset", "billing", "--to", "+0", "--dry-run", "--output", "json")
    assert json.loads(again.out)["plan_hash"] == digest


def test_what_is_left_out_fails_and_the_rest_is_planned(kafkatui: Kafkatui) -> None:
    ran = kafkatui("groups", "reset", "billing", "--to", "end", "-t", "orders:0,7", "-t", "nope", "--dry-run", "--json")
    assert ran.code == 1
    rows = json.loads(ran.out)["groups"][0]["partitions"]
    assert [(row["topic"], row["partition"], row["result"], row["problem"]) for row in rows] == [
        ("orders", 0, "planned", None),
        ("orders", 7, "left out", "the topic has only 3 partitions"),
        ("nope", None, "left out", "the topic does not exist"),
    ]
    assert "  left out: orders-7: the topic has only 3 partitions\n" in ran.err


def test_clamping_is_shown_before_anything_is_done(kafkatui: Kafkatui) -> None:
    ran = kafkatui("groups", "reset", "billing", "--to", "1500", "--dry-run")
    lines = ran.err.splitlines()
    assert lines[3].split()[-1] == "NOTE"
    assert lines[4].endswith("1500 is behind the end")


def test_nothing_to_change_is_no_question_and_no_failure(kafkatui: Kafkatui, bare_home: Path) -> None:
    ran = kafkatui("groups", "reset", "billing", "--to", "current")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.endswith("  0 offsets change, 2 stay; lag 2090 before, 2090 after\nkafkatui: nothing changes\n")
    assert list(bare_home.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "like"),
    [
        ("--to-earliest", "--to start"),
        ("--to-latest", "--to end"),
        ("--to-current", "--to current"),
        ("--to-offset 500", "--to 500"),
        ("--by-duration PT30M", "--to @-30m"),
        ("--to-datetime 2026-11-22T15:00:00.000Z", "--to @2026-11-22T15:00Z"),
        ("--to-earliest --all-topics", "--to start"),
        ("--to-earliest --topic orders:0,1", "--to start -t orders:0-1"),
    ],
)
def test_kafkas_own_words_mean_the_same(kafkatui: Kafkatui, words: str, like: str) -> None:
    theirs = kafkatui("groups", "reset", "--group", "billing", *words.split(), "--dry-run", "--json")
    ours = kafkatui("groups", "reset", "billing", *like.split(), "--dry-run", "--json")
    assert (theirs.code, theirs.out) == (0, ours.out)


def test_a_time_without_a_zone_is_printed_with_the_one_it_is_in(kafkatui: Kafkatui) -> None:
    ours = kafkatui("groups", "reset", "billing", "--to", "@2026-11-22T15:00", "--dry-run").err
    assert ours.startswith("reset the offsets of billing to the first record not before 2026-11-22T15:00:00.000+")
    theirs = kafkatui("groups", "reset", "billing", "--to-datetime", "2026-11-22T15:00:00.000", "--dry-run").err
    assert theirs.splitlines()[:2] == [
        "kafkatui: --to-datetime: a time without a zone is UTC, as Kafka's own tool takes it;"
        " with --to @TIME it is local",
        "reset the offsets of billing to the first record not before 2026-11-22T15:00:00.000+00:00",
    ]


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ("reset", 2, "which group? name one"),
        ("reset a b --to start", 2, "one group at a time"),
        ("reset billing", 2, "where to? give --to POSITION, --shift-by N, --from-file CSV or --to-group GROUP"),
        ("reset billing --to start --to-latest", 2, "--to and --to-latest contradict each other"),
        ("reset billing --to soon", 2, "--to: 'soon' is no position"),
        ("reset billing --to-offset -5", 2, "--to-offset: '-5' is no offset"),
        ("reset billing --to-datetime noon", 2, "--to-datetime: 'noon' is no time"),
        ("reset billing --by-duration 30m", 2, "--by-duration: '30m' is no length of time"),
        ("reset billing --shift-by x", 2, "Invalid value for '--shift-by'"),
        ("reset billing --from-file none.csv", 2, "--from-file: none.csv: No such file or directory"),
        ("reset billing --to start -t :0", 2, "-t ':0' names no topic"),
        (
            "reset billing --to start -t orders:x",
            2,
            "-t orders:x: 'x' is no list of partitions; write it as orders:0,2-4",
        ),
        ("reset billing --to start --execute --dry-run", 2, "--execute and --dry-run contradict each other"),
        ("reset billing --to start --all-topics -t a", 2, "--all-topics and --topic contradict each other"),
        ("reset billing --to start --json --output table", 2, "--json and --output table contradict each other"),
        ("reset fresh --to start", 1, "group fresh does not exist; name topics with -t to make it"),
        ("reset billing --to-group nope", 1, "group nope does not exist"),
        ("reset billing --shift-by 1 -t orders", 1, "nothing can be shifted while there is no commit on orders-2"),
        ("reset busy --to start", 1, "group busy is Stable with 1 member: stop it first"),
        ("delete", 2, "which group? name one or more"),
        ("delete busy", 1, "group busy is Stable with 1 member: stop it first"),
        ("delete billing nope", 1, "group nope does not exist"),
        ("delete busy -t orders", 1, "group busy reads what is to be deleted: stop its members first"),
        ("delete picking -t orders:0", 1, "picking is a share group: its offsets are deleted by whole topics"),
        ("export", 2, "which group? name one or more"),
    ],
)
def test_what_is_refused(kafkatui: Kafkatui, bare_home: Path, line: str, code: int, sentence: str) -> None:
    ran = kafkatui("groups", *line.split())
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(f"kafkatui: {sentence}")
    assert list(bare_home.iterdir()) == []


def test_a_refusal_is_a_document_too(kafkatui: Kafkatui) -> None:
    ran = kafkatui("groups", "reset", "busy", "--to", "start", "-y", "--json")
    document = json.loads(ran.out)
    assert (ran.code, document["schema"], document["executed"], document["groups"]) == (
        1,
        "kafkatui.reset/1",
        False,
        [],
    )
    assert document["problem"].startswith("group busy is Stable with 1 member: stop it first; member worker-1-0d3f, ")


def test_members_are_named(kafkatui: Kafkatui) -> None:
    ran = kafkatui("groups", "reset", "busy", "--to", "start", "-y")
    assert ran.code == 1
    assert "kafkatui:   member worker-1-0d3f, client worker-1, host /127.0.0.1\n" in ran.err


def test_a_read_only_context_is_only_looked_at(kafkatui: Kafkatui, bare_home: Path) -> None:
    (bare_home / "kafkatui").mkdir()
    (bare_home / "kafkatui" / "config.toml").write_text('[contexts.prod]\nbootstrap = "a"\n')
    for line in ("groups reset billing --to start", "groups delete billing", "undo"):
        ran = kafkatui(*line.split(), "-c", "prod", "-y")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("kafkatui: context prod is read-only: nothing is written; ")
    assert kafkatui("groups", "reset", "billing", "--to", "start", "-c", "prod", "--dry-run").code == 0


def test_names_of_the_cluster_can_not_act_on_the_terminal(kafkatui: Kafkatui) -> None:
    for words in (["reset", EVIL, "--to", "start"], ["delete", EVIL]):
        ran = kafkatui("groups", *words, "--dry-run", "--json")
        assert ran.code == 0
        assert ran.err.replace("\n", "").isprintable()
        assert ran.out.isascii()
        assert json.loads(ran.out)["groups"][0]["group"] == EVIL


def test_the_csv_has_the_group_only_where_there_may_be_several(kafkatui: Kafkatui) -> None:
    assert kafkatui("groups", "export", "billing") == (0, "orders,0,900\norders,1,10\n", "")
    two = "billing,orders,0,900\nbilling,orders,1,10\npicking,orders,0,900\n"
    assert kafkatui("groups", "export", "billing", "picking") == (0, two, "")
    assert kafkatui("groups", "export", "[bp]i*") == (0, two, "")
    missing = kafkatui("groups", "export", "billing", "billin")
    assert (missing.code, missing.out.count("\n")) == (1, 2)
    assert missing.err == "kafkatui: group billin does not exist; did you mean billing?\n"


def test_a_file_of_ours_is_read_back(kafkatui: Kafkatui, tmp_path: Path) -> None:
    file = tmp_path / "offsets.csv"
    file.write_text(kafkatui("groups", "export", "billing", "picking").out)
    ran = kafkatui("groups", "reset", "billing", "--from-file", str(file))
    assert (ran.code, ran.out) == (0, "")
    assert "0 offsets change, 2 stay" in ran.err
    file.write_bytes(b"\xff")
    assert "is not UTF-8" in kafkatui("groups", "reset", "billing", "--from-file", str(file)).err


def test_groups_still_lists_and_describes(kafkatui: Kafkatui, resting: FakeCluster) -> None:
    listed = kafkatui("groups", "--output", "csv", "--no-headers")
    assert listed.out.count("\r\n") == len(resting.snapshot.groups)
    described = kafkatui("groups", "billing")
    assert described.out.splitlines()[1].split()[:3] == ["billing", "orders", "0"]
    for line in ("group billing", "describe group billing", "consumer-groups billing", "get groups billing"):
        assert kafkatui(*line.split()) == described
    assert kafkatui("groups", "-g", "reset").out.splitlines()[1].split()[0] == "reset"
    assert kafkatui("get", "groups", "reset").out.splitlines()[1].split()[0] == "reset"


def test_flags_may_stand_anywhere(kafkatui: Kafkatui) -> None:
    plain = kafkatui("groups", "reset", "billing", "--to", "start", "--dry-run", "-b", "x:1")
    assert plain.code == 0
    for line in (
        "-b x:1 groups reset billing --to start --dry-run",
        "groups -b x:1 reset billing --to start --dry-run",
        "group --bootstrap-server=x:1 reset --dry-run --to start billing",
    ):
        assert kafkatui(*line.split()) == plain


@pytest.mark.parametrize("action", ["reset", "delete", "export"])
def test_each_action_has_its_own_help(kafkatui: Kafkatui, action: str) -> None:
    ran = kafkatui("groups", action, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: kafkatui groups {action} ")
    assert "--to-earliest" not in ran.out
    assert action in kafkatui("groups", "--help").out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kafkatui groups re", ["reset", "reset"]),
        ("kafkatui groups billing e", []),
        ("kafkatui groups reset bil", ["billing"]),
        ("kafkatui groups delete billing pi", ["picking"]),
        ("kafkatui groups reset billing -t or", ["orders"]),
        ("kafkatui und", ["undo"]),
    ],
)
def test_what_is_completed(kafkatui: Kafkatui, monkeypatch: pytest.MonkeyPatch, line: str, expected: list[str]) -> None:
    assert completed(line, kafkatui, monkeypatch) == (expected, "")


@pytest.fixture
def journal(bare_home: Path) -> Journal:
    return Journal(bare_home / "kafkatui" / "undo")


def a_change(journal: Journal, what: str, cluster_id: str = CLUSTER_ID, **fields: object) -> Entry:
    change = Change("group-offsets", what, "kafkatui groups ...", cluster_id, {"groups": []}, {"groups": []}, **fields)  # type: ignore[arg-type]
    return journal.end(journal.start(change), Result.OK, {"changed": 1})


def test_the_list_of_changes_needs_no_cluster(kafkatui: Kafkatui, journal: Journal) -> None:
    assert kafkatui("undo", "list") == (0, "", "kafkatui: no change was made from here yet\n")
    first = a_change(journal, "reset the offsets of a")
    second = a_change(journal, "delete group \x1b[2J", cannot_undo="there were no offsets")
    ran = kafkatui("undo", "list")
    lines = {line.split()[0]: line for line in ran.out.splitlines()[1:]}
    assert (ran.code, ran.err) == (0, "")
    assert lines[first.id].split()[2:5] == [CLUSTER_ID, "ok", "yes"]
    assert lines[second.id].endswith("there were no offsets  delete group \u241b[2J")
    document = json.loads(kafkatui("undo", "list", "--json").out)
    assert document["schema"] == "kafkatui.changes/1"
    assert {each["id"]: (each["can_undo"], each["why_not"]) for each in document["changes"]} == {
        first.id: (True, None),
        second.id: (False, "there were no offsets"),
    }


def test_only_what_was_made_on_this_cluster_is_undone(kafkatui: Kafkatui, journal: Journal) -> None:
    nothing = kafkatui("undo")
    assert (nothing.code, nothing.out) == (1, "")
    assert nothing.err == f"kafkatui: there is no change on cluster fake:9092 ({CLUSTER_ID}) to undo\n"
    other = a_change(journal, "reset the offsets of a", "another")
    assert kafkatui("undo").err.endswith("to undo; the newest is of cluster another\n")
    refused = kafkatui("undo", other.id, "-y")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        f"kafkatui: {other.id} was made on cluster another, and this is {CLUSTER_ID}: nothing was changed\n"
    )


@pytest.mark.parametrize("words", [["-y"], ["--dry-run"], []])
def test_what_is_named_wrong_or_can_not_be_undone(kafkatui: Kafkatui, journal: Journal, words: list[str]) -> None:
    gone = a_change(journal, "delete group a", cannot_undo="there were no offsets")
    assert kafkatui("undo", "nope", *words).err == (
        "kafkatui: there is no change nope; kafkatui undo list shows them\n"
    )
    ran = kafkatui("undo", gone.id, *words)
    assert (ran.code, ran.err) == (1, f"kafkatui: {gone.id} can not be undone: there were no offsets\n")
