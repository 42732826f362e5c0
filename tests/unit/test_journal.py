"""The journal on a real disk: what is kept before a change, who may read it, and what a killed process leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import kafkatui
from kafkatui.undo.journal import Change, Entry, Journal, Result
from kafkatui.undo.kinds import why_not

CHANGE = Change(
    "group-offsets", "reset offsets of billing", "kafkatui groups reset billing --to start -y -b a:1", "cluster-1",
    {"groups": [1]}, {"groups": [2]}, "sha256:ab",
)  # fmt: skip
KINDS = {"group-offsets": ""}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "undo")


def audit(tmp_path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (tmp_path / "undo" / "audit.jsonl").read_text().splitlines()]


def test_what_is_kept_comes_back_whole(journal: Journal) -> None:
    started = journal.start(CHANGE)
    assert journal.entries() == [started]
    ended = journal.end(started, Result.FAILED, {"changed": 2, "failed": 1}, "orders-1: refused")
    assert journal.entry(started.id) == ended
    assert (ended.change, ended.result, ended.counts) == (CHANGE, Result.FAILED, {"changed": 2, "failed": 1})


def test_nobody_else_may_read_it(journal: Journal, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        journal.end(journal.start(CHANGE), Result.OK)
    finally:
        os.umask(before)
    modes = {path.name.split(".")[-1]: path.stat().st_mode & 0o777 for path in (tmp_path / "undo").iterdir()}
    assert modes == {"json": 0o600, "jsonl": 0o600}
    assert (tmp_path / "undo").stat().st_mode & 0o777 == 0o700


def test_a_line_is_written_when_it_starts_and_one_when_it_ends(journal: Journal, tmp_path: Path) -> None:
    entry = journal.start(CHANGE)
    (started,) = audit(tmp_path)
    assert (started["event"], started["result"]) == ("started", None)
    journal.end(entry, Result.OK, {"changed": 3})
    _, ended = audit(tmp_path)
    assert (ended["event"], ended["result"], ended["counts"]) == ("ended", "ok", {"changed": 3})
    for line in (started, ended):
        assert line["schema"] == "kafkatui.audit/1"
        assert (line["id"], line["cluster_id"], line["plan_hash"]) == (entry.id, "cluster-1", "sha256:ab")
        assert line["command"] == CHANGE.command
        assert "@" in str(line["who"])


def test_a_folder_that_can_not_be_written_is_no_folder_to_change_with(tmp_path: Path) -> None:
    (tmp_path / "undo").write_text("a file")
    with pytest.raises(OSError, match="exists"):
        Journal(tmp_path / "undo").start(CHANGE)


def test_a_process_that_is_killed_leaves_an_entry_that_has_not_ended(journal: Journal, tmp_path: Path) -> None:
    """SIGKILL after `start`, as in the middle of a change: the entry and its audit line are whole."""
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from kafkatui.undo.journal import Change, Journal\n"
        "Journal(Path(sys.argv[1])).start(Change('group-offsets', 'w', 'c', 'cluster-1', {'a': 1}, {'a': 2}))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "undo")]
    killed = subprocess.run(command, check=False, cwd=Path(kafkatui.__file__).parents[1])
    assert killed.returncode == -signal.SIGKILL
    mine = journal.start(CHANGE)
    (left,) = journal.unfinished()
    assert (left.change.before, left.result, left.is_running) == ({"a": 1}, None, False)
    assert mine.is_running
    assert [line["event"] for line in audit(tmp_path)] == ["started", "started"]


def test_another_process_with_the_same_id_is_not_taken_for_it(journal: Journal) -> None:
    """As in a container, where every process has the id of the one before: this one began long after the entry."""
    mine = journal.start(CHANGE)
    assert mine.is_running
    assert not replace(mine, at="2020-01-01T00:00:00.000Z").is_running


def test_what_is_no_entry_is_left_out(journal: Journal, tmp_path: Path) -> None:
    entry = journal.start(CHANGE)
    for name, text in (("a", "{"), ("b", "[]"), ("c", '{"schema": "kafkatui.undo/9"}'), ("d", "")):
        (tmp_path / "undo" / f"{name}.json").write_text(text)
    assert journal.entries() == [entry]


def an_entry(**fields: object) -> Entry:
    whole: dict[str, object] = {"result": Result.OK, "counts": {"changed": 1}, **fields}
    return Entry("20261125-1", "", "", 1, whole.pop("change", CHANGE), **whole)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (an_entry(), None),
        (an_entry(result=Result.UNKNOWN, counts={}), None),
        (an_entry(result=Result.FAILED), None),
        (an_entry(result=Result.FAILED, counts={"changed": 0}), "it changed nothing"),
        (an_entry(undone_by="20261125-2"), "undone by 20261125-2"),
        (an_entry(change=Change("x", "", "", None)), "this version knows no way back for x"),
        (an_entry(change=Change("group-offsets", "", "", None, cannot_undo="gone")), "gone"),
    ],
)
def test_what_can_be_undone_and_why_not(entry: Entry, reason: str | None) -> None:
    assert why_not(entry, KINDS) == reason


@pytest.mark.parametrize("cluster_id", ["../../x", "/etc/x", "a/b", "..", "nul\0", "x" * 300, "", "\ud800"])
def test_what_a_cluster_calls_itself_names_no_other_folder(tmp_path: Path, cluster_id: str) -> None:
    folder = tmp_path / "state"
    with Journal(folder).unpublished(cluster_id, "audit") as batch:
        batch.done()
    assert [each.parent for each in tmp_path.rglob("*.sent")] == [folder]


def test_a_topic_gets_the_lines_of_its_cluster_that_it_has_not(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    here = journal.start(replace(CHANGE, cluster_id="here"))
    journal.start(replace(CHANGE, cluster_id="there"))
    with journal.unpublished("here", "audit") as batch:
        assert [json.loads(line)["id"] for line in batch.lines] == [here.id]
    journal.end(here, Result.OK)
    with journal.unpublished("here", "audit") as batch:
        assert [json.loads(line)["event"] for line in batch.lines] == ["started", "ended"]
        batch.done()
    with (tmp_path / "audit.jsonl").open("ab") as file:
        file.write(b'{"half a li')
    with journal.unpublished("here", "audit") as batch:
        assert batch.lines == []
    with journal.unpublished("here", "another") as batch:
        assert len(batch.lines) == 2
    with Journal(tmp_path / "new").unpublished("here", "audit") as batch:
        assert batch.lines == []
