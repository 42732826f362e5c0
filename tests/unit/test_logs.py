"""The log: what it lets through, what never comes into it, and the file it grows in."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkatui import logs
from kafkatui.kafka.wire import Api
from kafkatui.tracebacks import WITHHELD

CANARY = "canary-hunter2"
OURS = logging.getLogger("kafkatui.test")


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in ("", "kafkatui", "aiokafka", "aiokafka.conn", "asyncio")}
    yield
    logs.end()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    logs.to_file(tmp_path / "log")
    return tmp_path / "log"


def test_what_we_say_is_written_for_its_owner_only(path: Path) -> None:
    OURS.debug("%s to %s", Api.METADATA, "broker 1")
    head, line = path.read_text().splitlines()
    assert head == "# a log of kafkatui"
    assert line.endswith(f" {os.getpid()} DEBUG kafkatui.test: {Api.METADATA} to broker 1")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["aiokafka.conn", "aiokafka", "urllib3", "kafkatuix", ""])
def test_other_libraries_are_not_let_through_even_at_debug(path: Path, name: str) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    logger.debug("Request 1: SaslAuthenticate(%r)", CANARY)
    logger.critical(CANARY)
    assert path.read_text() == "# a log of kafkatui\n"
    assert logs.recent() == ()


@pytest.mark.parametrize(
    "text",
    [
        f"sasl.password={CANARY}",
        f"password: {CANARY}",
        f'{{"client_secret": "{CANARY}"}}',
        f"Authorization: Bearer {CANARY}",
        f"access_token='{CANARY}', more",
        f"SASL.JAAS.config={CANARY}",
    ],
)
def test_a_secret_that_gets_into_a_line_of_ours_is_struck_out(path: Path, text: str) -> None:
    OURS.info("%s", text)
    assert CANARY not in path.read_text()
    assert "***" in path.read_text()


def test_nothing_moves_the_cursor_of_who_reads_it(path: Path) -> None:
    OURS.info("topic %s", "a\x1b[2Jb\nc")
    assert "topic a␛[2Jb␊c\n" in path.read_text()


def test_the_last_lines_hold_words_of_ours_and_numbers_only(path: Path) -> None:
    OURS.info("lost %s after %.1f s and %d tries: %s", "db7.internal:9092", 2.25, 3, CANARY)
    OURS.warning("%s failed", Api.FETCH)
    first, second = logs.recent()
    assert first.endswith("INFO kafkatui.test: lost … after 2.25 s and 3 tries: …")
    assert second.endswith("WARNING kafkatui.test: FETCH failed")


async def test_a_task_nobody_waits_for_is_named_without_its_message(path: Path, forgotten: list[str]) -> None:
    async def late() -> None:
        raise ValueError(CANARY)

    task = asyncio.create_task(late(), name=CANARY)
    await asyncio.wait([task])
    del task
    gc.collect()
    assert len(forgotten) == 1
    forgotten.clear()
    text = path.read_text()  # noqa: ASYNC240
    assert "ERROR asyncio: Task exception was never retrieved\n" in text
    assert f"ValueError: {WITHHELD}" in text
    assert CANARY not in text + "".join(logs.recent())


def test_nothing_is_printed_without_a_file(capfd: pytest.CaptureFixture[str]) -> None:
    logs.begin()
    OURS.error("one")
    logging.getLogger("asyncio").error("two")
    logging.getLogger("other").error("three")
    assert capfd.readouterr() == ("", "")


def test_a_log_is_gone_on_with(path: Path) -> None:
    OURS.info("one")
    logs.end()
    logs.to_file(path)
    OURS.info("two")
    assert [line.rpartition(" ")[2] for line in path.read_text().splitlines()[1:]] == ["one", "two"]


def test_what_is_no_log_is_not_touched(tmp_path: Path) -> None:
    there = tmp_path / "diary"
    there.write_text("dear diary\n")
    with pytest.raises(logs.LogError, match="is there already and is no log of kafkatui"):
        logs.to_file(there)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(logs.LogError, match="is there already"):
        logs.to_file(link)
    assert (there.read_text(), (tmp_path / "elsewhere").exists()) == ("dear diary\n", False)
    with pytest.raises(logs.LogError, match="No such file or directory"):
        logs.to_file(tmp_path / "no" / "log")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(logs.LogError, match="is there already"):
        logs.to_file(tmp_path / "pipe")


def test_it_grows_to_twice_its_bound_at_most(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 2_000)
    for number in range(200):
        OURS.info("line %d", number)
    old = path.with_name("log.1")
    assert path.stat().st_size <= 2_000
    assert old.stat().st_size <= 2_000
    assert old.stat().st_mode & 0o777 == 0o600
    numbers = [int(line.rpartition(" ")[2]) for each in (old, path) for line in each.read_text().splitlines()[1:]]
    assert numbers == list(range(numbers[0], 200))
    assert sorted(each.name for each in path.parent.iterdir()) == ["log", "log.1"]


def test_another_file_in_the_way_ends_the_log_and_is_not_touched(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 200)
    other = path.with_name("log.1")
    other.write_text("dear diary\n")
    for number in range(20):
        OURS.info("line %d", number)
    assert other.read_text() == "dear diary\n"
    (said,) = logs.end()
    assert said.startswith(f"the log ends early: {path} can not be written")


def test_a_full_disk_ends_the_log_and_nothing_else(path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, logs._files[0]._descriptor)
    os.close(full)
    OURS.info("one")
    OURS.info("two")
    assert logs.end() == [f"the log ends early: {path} can not be written (No space left on device)"]
