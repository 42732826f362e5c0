"""Records that are edited before they are sent, by the command, with a script for an editor."""

from __future__ import annotations

import json
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from kafkatui.minicluster.cluster import Status
from kafkatui.model.spans import Isolation
from tests.kafka import command_line
from tests.kafka.command_line import Ran
from tests.kafka.torture import TAKES_ALL, a_topic, read_by_confluent

AT = 1_795_000_000_000


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mini_cluster: Status) -> Path:
    """A folder; its contexts: one allows editing."""
    config = tmp_path / "config.toml"
    where = f'bootstrap = "{mini_cluster.bootstrap}"\nread_only = false\n'
    config.write_text(f"[contexts.edits]\n{where}edit = true\n[contexts.plain]\n{where}")
    monkeypatch.setenv("KAFKATUI_CONFIG", str(config))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("VISUAL", raising=False)
    return tmp_path


@pytest.fixture
def editor(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Replaces failed by new, and keeps what it saw beside."""
    script = place / "editor"
    seen = place / "seen.json"
    script.write_text(
        f'#!/bin/sh\ncp -p "$2" {seen}\nls -ld "$(dirname "$2")" > {seen}.folder\nsed -i s/failed/new/ "$2"\n'
    )
    script.chmod(0o700)
    monkeypatch.setenv("EDITOR", f"{script} --wait")
    return script


@pytest.fixture
def topic(mini_cluster: Status) -> Iterator[str]:
    with a_topic(mini_cluster, "wrong", TAKES_ALL) as name:
        producer = Producer({"bootstrap.servers": mini_cluster.bootstrap, "log_level": 2})
        for number in range(4):
            value = json.dumps({"id": number, "state": "failed" if number % 2 else "fine"}).encode()
            producer.produce(
                name, partition=1, key=b"k%d" % number, value=value, timestamp=AT, headers=[("h", b"\xff")]
            )
        assert producer.flush(30) == 0
        yield name


def replay(topic: str, *words: str, context: str = "edits") -> Ran:
    return command_line.run("replay", topic, "--to", topic, "--edit", *words, "-c", context)


def test_an_edited_copy_says_so_and_what_it_was_made_of(
    mini_cluster: Status, topic: str, editor: Path, place: Path
) -> None:
    job = f"job-{uuid.uuid4().hex[:8]}"
    ran = replay(topic, "--records", "1@0-1", "--job", job, "-y")
    assert ran.code == 0, ran.err
    found = read_by_confluent(mini_cluster, topic, Isolation.COMMITTED)[4:]
    assert [each.value for each in found] == [b'{"id": 0, "state": "fine"}', b'{"id": 1, "state": "new"}']
    assert [each.partition for each in found] == [1, 1]
    source = f"{topic}-1@1".encode()
    assert found[0].headers == (("h", b"\xff"),)
    assert found[1].headers == (("h", b"\xff"), ("kafkatui-edited", b"1"), ("kafkatui-source", source))
    assert {each.timestamp_ms for each in found} == {AT}
    assert '"state": "failed"' in (place / "seen.json").read_text()
    assert (place / "seen.json.folder").read_text().startswith("drwx------")
    kept = place / "state" / "kafkatui" / "jobs" / f"{job}.ndjson"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert command_line.run("replay", "verify", job, "-c", "edits").code == 0


def test_nothing_is_sent_where_it_is_not_allowed_or_nothing_was_changed(
    mini_cluster: Status, topic: str, editor: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = replay(topic, "--records", "1@1", "-y", context="plain")
    assert (refused.code, "context plain does not allow editing" in refused.err) == (2, True), refused.err
    bare = command_line.run(
        "replay", topic, "--to", topic, "--edit", "--records", "1@1", "-y", "-b", mini_cluster.bootstrap
    )
    assert (bare.code, "a bare address does not allow editing" in bare.err) == (2, True), bare.err
    assert not (place / "seen.json").exists()
    same = replay(topic, "--records", "1@0", "-y")
    assert (same.code, "nothing was changed in the editor" in same.err) == (0, True), same.err
    without = replay(topic, "-o", "0:1", "-y")
    assert (without.code, "--edit wants --records" in without.err) == (2, True), without.err
    dry = replay(topic, "--records", "1@1", "--dry-run")
    assert (dry.code, "records: 1" in dry.err) == (0, True), dry.err
    nobody = replay(topic, "--records", "1@1")
    assert nobody.code == 2
    editor.write_text('#!/bin/sh\necho broken > "$2"\n')
    broken = replay(topic, "--records", "1@1", "-y")
    assert (broken.code, "nothing is sent: not JSON" in broken.err) == (2, True), broken.err
    editor.write_text("#!/bin/sh\nexit 3\n")
    left = replay(topic, "--records", "1@1", "-y")
    assert (left.code, "the editor ended with 3" in left.err) == (1, True), left.err
    monkeypatch.setenv("EDITOR", str(place / "missing"))
    missing = replay(topic, "--records", "1@1", "-y")
    assert (missing.code, "can not be started" in missing.err) == (2, True), missing.err
    monkeypatch.delenv("EDITOR")
    unnamed = replay(topic, "--records", "1@1", "-y")
    assert (unnamed.code, "no editor is named" in unnamed.err) == (2, True), unnamed.err
    assert len(read_by_confluent(mini_cluster, topic, Isolation.COMMITTED)) == 4
    assert not [*(place / "state").rglob("*.ndjson")]
