"""`kafkatui replay SOURCE --records P@N --edit`: records through an editor. What is sent then is a file's replay."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from kafkatui.cli import connect, interrupts, replaying
from kafkatui.cli.changing import Asking
from kafkatui.cli.exits import Code, Failure, in_words, say
from kafkatui.config.places import jobs_folder
from kafkatui.decoding.ndjson_lines import LineError
from kafkatui.kafka.cluster import Cluster
from kafkatui.model.connection import Connection
from kafkatui.model.positions import Range
from kafkatui.model.records import Place, Record
from kafkatui.replay import planning
from kafkatui.replay.editing import Edited, edited, text_of
from kafkatui.replay.planning import Asked
from kafkatui.replay.spec import SpecError
from kafkatui.safe_text import safe_text

_MOST = 100
"""Records in one text."""


def edit(connection: Connection, asked: Asked, running: replaying.Running, asking: Asking) -> None:
    """Read, edit, plan, ask, send. Raises Failure where the context does not allow it."""
    if not connection.edit:
        name = f"context {connection.context}" if connection.context else "a bare address"
        raise Failure(Code.USAGE, f"{name} does not allow editing; edit = true in a context of the config file does")
    replaying.refuse_known(asked.job)
    records = interrupts.run(replaying.guarded(_read(connection, asked)))
    _refuse_masked(connection, records)
    changed = _through_editor(records)
    if not any(each.is_changed for each in changed) and len(changed) == len(records):
        say("nothing was changed in the editor: nothing is sent")
        return
    path = jobs_folder(os.environ) / f"{asked.job}.ndjson"
    _keep(path, changed)
    try:
        given = replace(asked, source=str(path), picked=frozenset(), range=Range(), partitions=None)
        replaying.start_file(connection, given, running, asking)
    finally:
        if replaying.jobs().find(asked.job) is None:
            path.unlink()


async def _read(connection: Connection, asked: Asked) -> list[Record]:
    async with Cluster.open(replace(connection, read_only=True)) as cluster:
        spec, _ = await planning.resolve(cluster, asked)
        connection.check(spec.cluster_id)
        search, _ = await planning.search_of(cluster, spec, None, None)
        async with aclosing(search(spec.spans)) as steps:
            records = [record async for step in steps for record in step.found]
    if len(records) != len(asked.picked):
        raise SpecError(f"of {len(asked.picked)} records {len(records)} can be read")
    if len(records) > _MOST:
        raise SpecError(f"{len(records)} records are too many for one text; at most {_MOST}")
    return sorted(records, key=lambda each: (each.partition, each.offset))


def _refuse_masked(connection: Connection, records: Sequence[Record]) -> None:
    """An editor would show what is hidden, and nobody can edit around it. Raises Failure."""
    masking = connect.masking(connection)
    shown = () if masking is None else interrupts.run(masking.masked(records))
    for record in shown:
        if record.masked is not None:
            place = Place(*record[:3])
            why = f"{place} is {record.masked.text} ({', '.join(record.masked.paths)}): an editor would show it whole"
            raise Failure(Code.USAGE, f"nothing is sent: {safe_text(why)}")


def _through_editor(records: Sequence[Record]) -> list[Edited]:
    # The text holds payloads: nobody else may read it, and it does not stay.
    with tempfile.TemporaryDirectory(prefix="kafkatui-") as folder:
        path = Path(folder) / "records.json"
        path.write_text(text_of(records), encoding="utf-8", errors="surrogateescape")
        while True:
            _run_editor(path)
            try:
                return edited(path.read_text(encoding="utf-8", errors="surrogateescape"), records)
            except LineError as error:
                if not _again(str(error)):
                    raise Failure(Code.USAGE, f"nothing is sent: {error}") from None


def _run_editor(path: Path) -> None:
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        raise Failure(Code.USAGE, "no editor is named: set EDITOR, as in EDITOR=vim")
    try:
        code = subprocess.run([*shlex.split(command), str(path)], check=False).returncode
    except OSError as error:
        raise Failure(Code.USAGE, f"the editor {command} can not be started: {in_words(error)}") from None
    if code:
        raise Failure(Code.FAILED, f"nothing is sent: the editor ended with {code}")


def _again(why: str) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    say(f"{why}; edit again? [Y/n] ")
    with interrupts.asking():
        return sys.stdin.readline().strip().lower() in ("", "y", "yes")


def _keep(path: Path, changed: Sequence[Edited]) -> None:
    """For the run, and whoever resumes it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(f"{each.line}\n" for each in changed)


def on_the_terminal(connection: Connection, place: Place) -> None:
    """From the screen, which has left the terminal meanwhile: ask for the target and run the command there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        target = _answer(f"{place}: an edited copy goes to which topic? [{place.topic}] ") or place.topic
        # Ctrl-C is for the command now: a handler is not inherited, being ignored would be.
        signal.signal(signal.SIGINT, lambda number, frame: None)
        subprocess.run(command_of(connection, place, target), check=False)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _answer("Enter goes back to the screen ")
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGINT, before)


def _answer(question: str) -> str:
    sys.stdout.write(safe_text(question))
    sys.stdout.flush()
    return sys.stdin.readline().strip()


def command_of(connection: Connection, place: Place, target: str) -> list[str]:
    """What runs in the terminal; only a context allows it, so there is one."""
    records = ["--records", f"{place.partition}@{place.offset}", "--edit"]
    words = ["replay", place.topic, "--to", target, *records, *connection.flags()]
    return [sys.executable, "-m", "kafkatui", *words]
