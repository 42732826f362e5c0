"""The report of a bug: where it happened and around what, and nothing that anybody would not pass on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kafkatui import crashes
from kafkatui.crashes import Circumstances, without_values
from kafkatui.tracebacks import WITHHELD, CrashedElsewhere, described

SECRET, PAYLOAD = "canary-hunter2", b"canary-4111111111111111"
WORDS = frozenset({"topics", "create", "lag"})


def _raised(error: BaseException) -> BaseException:
    held = (SECRET, PAYLOAD)
    try:
        raise error
    except BaseException as raised:
        assert held
        return raised


def _unknown_name() -> None:
    hunter2 = object()
    hunter2.nothing_like_it  # type: ignore[attr-defined] # noqa: B018


def _made_name() -> None:
    getattr(object(), SECRET)


def _caused() -> None:
    try:
        dict[str, int]()[SECRET]
    except KeyError as error:
        raise RuntimeError(SECRET, PAYLOAD) from error


def _grouped() -> None:
    raise ExceptionGroup(SECRET, [_caught(ValueError(SECRET)), _caught(TypeError(PAYLOAD))])


def _caught(error: Exception) -> Exception:
    raised = _raised(error)
    assert isinstance(raised, Exception)
    return raised


def _noted() -> None:
    error = ValueError(SECRET)
    error.add_note(f"while it read {PAYLOAD!r}")
    raise error


@pytest.mark.parametrize("bug", [_made_name, _caused, _grouped, _noted])
def test_nothing_that_an_exception_holds_is_told(bug: Callable[[], None]) -> None:
    with pytest.raises((AttributeError, RuntimeError, ExceptionGroup, ValueError), match="canary") as caught:
        bug()
    told = "\n".join(described(caught.value))
    assert SECRET not in told
    assert PAYLOAD.decode() not in told
    assert WITHHELD in told


def test_causes_come_first() -> None:
    with pytest.raises(RuntimeError) as caught:
        _caused()
    told = described(caught.value)
    assert [line for line in told if not line.startswith("  ")] == [
        f"KeyError: {WITHHELD}",
        "which led to:",
        f"RuntimeError: {WITHHELD}",
    ]
    assert any(line.startswith("  tests/unit/test_crashes.py:") and line.endswith(" in _caused") for line in told)


def test_what_can_hold_no_data_is_told() -> None:
    with pytest.raises(AttributeError) as caught:
        _unknown_name()
    assert described(caught.value)[-1] == "AttributeError: nothing_like_it"
    full = _raised(OSError(errno.ENOSPC, SECRET, SECRET))
    assert described(full)[-1] == f"OSError: [Errno {errno.ENOSPC}] No space left on device"


def test_what_another_process_said_is_told() -> None:
    there = "\n".join(described(_raised(ValueError(SECRET))))
    told = described(_raised(CrashedElsewhere(there)))
    assert f"  : ValueError: {WITHHELD}" in "\n".join(told)


def test_code_that_was_made_of_a_filter_keeps_its_names() -> None:
    names: dict[str, Callable[[], None]] = {}
    exec(compile(f"def {SECRET.replace('-', '_')}():\n    raise LookupError", f"<{SECRET}>", "exec"), names)
    with pytest.raises(LookupError) as caught:
        names[SECRET.replace("-", "_")]()
    told = "\n".join(described(caught.value))
    assert "  <made>:2 in made code" in told
    assert "hunter2" not in told


def test_a_chain_without_an_end_is_cut() -> None:
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert len(described(first)) == 4
    deep: BaseException = ValueError()
    for _ in range(1_000):
        above = ValueError()
        above.__cause__ = deep
        deep = above
    assert len(described(deep)) < 50


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["topics", "create", "payments", "-b", "db7:9092"], "topics create … -b …"),
        (["-bdb7:9092", "-Xsasl.password=hunter2", "lag"], "-b… -X… lag"),
        (["lag", "--context=prod", "--json"], "lag --context --json"),
        (["-X", "sasl.password=hunter2", "hunter2", "--Hunter2"], "-X … … …"),
        (["--hunter2"], "--hunter…"),
    ],
)
def test_of_a_command_its_words_are_told(arguments: list[str], told: str) -> None:
    assert " ".join(without_values(arguments, WORDS)) == told


def test_reports_are_for_their_owner_and_the_oldest_go(tmp_path: Path) -> None:
    around = Circumstances(["lag", SECRET], WORDS, {"XDG_STATE_HOME": str(tmp_path), "TERM": "xterm", "LANG": "a b"})
    folder = tmp_path / "kafkatui" / "crashes"
    folder.mkdir(parents=True)
    for number in range(30):
        (folder / f"crash-20200101T0000{number:02d}Z-1.txt").touch()
    (folder / "mine.txt").touch()
    path = crashes.write(_raised(ValueError(SECRET)), around)
    assert path.stat().st_mode & 0o777 == 0o600
    left = sorted(each.name for each in folder.iterdir())
    assert len(left) == crashes.KEPT + 1
    assert {path.name, "mine.txt"} <= set(left)
    text = path.read_text(encoding="utf-8")
    assert "command   kafkatui lag …\n" in text
    assert "TERM=xterm LANG=… " in text
    assert SECRET not in text
    assert os.uname().nodename not in text
