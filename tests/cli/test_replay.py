"""`kafkatui replay` as a command line: what it refuses before anything is asked, and the jobs it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kafkatui.config.places import jobs_folder
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.spans import Span
from kafkatui.replay.jobs import Job, Jobs, Phase
from kafkatui.replay.spec import Spec, Target
from tests.cli.conftest import Kafkatui

CLOSED = ("-b", "127.0.0.1:1")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["orders"], "--to TOPIC is missing: where do the copies go?"),
        (["orders", "--to", "orders"], "source and target are both orders: give the range an end, as -o FROM:TO"),
        (["orders", "--to", "copy", "-o", "9:3"], "-o '9:3' ends before it begins"),
        (["orders", "--to", "copy", "--rate", "fast"], "--rate: 'fast' is not a number of records a second"),
        (["orders", "--to", "copy", "--job", "../x"], "--job '../x': a name is letters, digits"),
        (["orders", "--to", "copy", "--codec", "rar"], "--codec 'rar': known are none, gzip, snappy, lz4, zstd"),
        (["orders", "--to", "copy", "--where", "value.x >"], "column 10 of the expression"),
    ],
    ids=lambda each: each[-1] if isinstance(each, list) else "",
)
def test_what_makes_no_sense_is_refused_before_a_cluster_is_asked(
    kafkatui: Kafkatui, words: list[str], said: str
) -> None:
    ran = kafkatui("replay", *words, *CLOSED, "-y")
    assert ran.out == ""
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_a_cluster_that_is_not_there(kafkatui: Kafkatui) -> None:
    ran = kafkatui("replay", "orders", "--to", "copy", *CLOSED, "-y")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == "kafkatui: 127.0.0.1:1: connection refused: nothing listens there\n"


def test_a_read_only_context_sends_nothing(kafkatui: Kafkatui, bare_home: Path) -> None:
    (bare_home / "kafkatui").mkdir(exist_ok=True)
    (bare_home / "kafkatui" / "config.toml").write_text('[contexts.prod]\nbootstrap = "127.0.0.1:1"\n')
    ran = kafkatui("replay", "orders", "--to", "copy", "-c", "prod", "-y")
    assert (ran.code, ran.out) == (2, "")
    assert "context prod is read-only: nothing is written" in ran.err
    assert kafkatui("replay", "orders", "--to", "copy", "-c", "prod", "--dry-run").code == 3


@pytest.fixture
def jobs(bare_home: Path) -> Jobs:
    return Jobs(jobs_folder({"HOME": str(bare_home), "XDG_STATE_HOME": str(bare_home)}))


def a_job(name: str, **changes: object) -> Job:
    spans = (Span(TopicPartition("orders", 0), 0, 100),)
    spec = Spec(name, "cluster", "orders", None, spans, Target("copies", None, 1))
    fields = {"created": "2026-11-25T18:00:00.000Z", "bootstrap": ("127.0.0.1:1",), "context": None, **changes}
    return Job(spec, target_ends={"copies": {0: 7}}, **fields)  # type: ignore[arg-type]


def test_jobs_are_listed_and_named(kafkatui: Kafkatui, jobs: Jobs) -> None:
    jobs.save(a_job("first", phase=Phase.DONE, records=100))
    # No process has this number: a machine's own limit is below it.
    jobs.save(a_job("second", phase=Phase.RUNNING, pid=2**22 + 1, created="2026-11-25T19:00:00.000Z"))
    ran = kafkatui("replay", "list")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[:2] for line in ran.out.splitlines()] == [
        ["job", "phase"],
        ["second", "killed"],
        ["first", "done"],
    ]
    document = json.loads(kafkatui("replay", "list", "--json").out)
    assert document["schema"] == "kafkatui.replay-jobs/1"
    assert [each["job"] for each in document["jobs"]] == ["second", "first"]
    again = kafkatui("replay", "orders", "--to", "copies", "--job", "first", *CLOSED, "-y")
    assert (again.code, again.err) == (
        2, "kafkatui: there is a job first: resume it, or choose another --job\n"
    )  # fmt: skip


@pytest.mark.parametrize("verb", ["show", "resume", "verify"])
def test_a_job_that_is_not_there(kafkatui: Kafkatui, verb: str) -> None:
    ran = kafkatui("replay", verb, "nope")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "kafkatui: there is no job nope; kafkatui replay list names those of this machine\n"


def test_job_files_are_only_for_their_owner(jobs: Jobs) -> None:
    saved = jobs.save(a_job("mine", skipped=(("orders", 0, 5, "too large"),), producers=frozenset({7})))
    (path,) = (each for each in jobs._folder.iterdir())
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert jobs.find("mine") == saved
    path.write_text("{}")
    assert jobs.all() == []
