"""Jars: only what is whole and has the committed checksum ever gets its name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from kafkatui.minicluster import jars
from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.minicluster.jars import Jar, Lock


def _jar(name: str, content: bytes) -> Jar:
    return Jar("org.example", name, "1.0", len(content), hashlib.sha256(content).hexdigest())


class Repository:
    """Stands in for the network: what it holds, it brings; each request is noted."""

    def __init__(self, scratch: Path, held: dict[str, bytes]) -> None:
        self.arrived, self.asked, self._scratch, self._held = 0, list[str](), scratch, held

    def bring(self, jar: Jar) -> Path:
        self.asked.append(jar.artifact)
        if jar.artifact not in self._held:
            raise RuntimeError("no route to host")
        path = self._scratch / jar.name
        path.write_bytes(self._held[jar.artifact])
        return path

    def stop(self) -> None:
        pass


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the repository holds."""
    content: dict[str, bytes] = {}
    monkeypatch.setattr(jars, "Downloads", lambda scratch: Repository(scratch, content))
    return content


def test_the_broker_lock_is_whole() -> None:
    broker = jars.lock("kafka-broker-4.3.0").jars
    assert len(broker) == 46
    assert sum(jar.size for jar in broker) == 45_020_011
    assert {len(jar.sha256) for jar in broker} == {64}
    assert "kafka_2.13-4.3.0.jar" in {jar.name for jar in broker}


def test_both_locks_mean_the_same_file_by_the_same_name() -> None:
    broker = {jar.name: jar for jar in jars.lock("kafka-broker-4.3.0").jars}
    tools = {jar.name: jar for jar in jars.lock("kafka-tools-4.3.0").jars}
    assert len(tools) == 85
    assert all(broker[name] == tools[name] for name in broker.keys() & tools.keys())


def test_the_writers_of_dead_letters_come_beside_the_tools() -> None:
    writers = {jar.artifact for jar in jars.lock("kafka-dead-letters-4.3.0").jars}
    assert writers == {"connect-file", "kafka-streams", "kafka-streams-examples"}
    assert not writers & {jar.artifact for jar in jars.lock("kafka-tools-4.3.0").jars}


def test_what_is_missing_is_fetched_and_counted(tmp_path: Path, held: dict[str, bytes]) -> None:
    held.update(a=b"aaa", b=b"bb")
    told: list[tuple[int, int]] = []
    wanted = Lock("test", (_jar("a", b"aaa"), _jar("b", b"bb")))
    jars.fetch(wanted, tmp_path, lambda step, done=0, total=0: told.append((done, total)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-1.0.jar", "b-1.0.jar"]
    assert told[-1] == (5, 5)


def test_a_half_finished_jar_is_fetched_again(tmp_path: Path, held: dict[str, bytes]) -> None:
    held.update(a=b"whole")
    (tmp_path / "a-1.0.jar").write_bytes(b"who")
    jars.fetch(Lock("test", (_jar("a", b"whole"),)), tmp_path)
    assert (tmp_path / "a-1.0.jar").read_bytes() == b"whole"


def test_a_jar_that_is_there_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / "a-1.0.jar").write_bytes(b"whole")
    jars.fetch(Lock("test", (_jar("a", b"whole"),)), tmp_path)


def test_another_checksum_is_refused_and_leaves_nothing(tmp_path: Path, held: dict[str, bytes]) -> None:
    held.update(a=b"wrong")
    with pytest.raises(MiniClusterError, match="another checksum"):
        jars.fetch(Lock("test", (_jar("a", b"right"),)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_network_one_sentence_names_the_reason(tmp_path: Path, held: dict[str, bytes]) -> None:
    with pytest.raises(MiniClusterError, match=r"could not download a-1\.0\.jar: no route to host"):
        jars.fetch(Lock("test", (_jar("a", b"whole"),)), tmp_path)


def test_a_dropped_connection_is_tried_again_while_others_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = iter([{"a": b"aaa"}, {"a": b"aaa", "b": b"bb"}])
    monkeypatch.setattr(jars, "Downloads", lambda scratch: Repository(scratch, next(rounds)))
    wanted = Lock("test", (_jar("a", b"aaa"), _jar("b", b"bb")))
    monkeypatch.setattr(jars, "AT_ONCE", 1)
    jars.fetch(wanted, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"a-1.0.jar", "b-1.0.jar"}


def test_without_jgo_one_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MiniClusterError, match=r"pip install 'kafkatui\[demo\]'"):
        jars.fetch(Lock("test", (_jar("a", b"whole"),)), tmp_path)
