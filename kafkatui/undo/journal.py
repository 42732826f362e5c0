"""One entry for each change: written before it is made, closed after it. Files of mode 0600, never of anyone else's.

An entry is a JSON file `<id>.json`; `audit.jsonl` gets a line when a change starts and one when it ends. An entry that
was started and has not ended belongs to a process that still runs, or to one that was killed in between.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import re
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

_AUDIT = "audit.jsonl"
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CLOCK_SECONDS = 2.0
"""The system knows the second it was started in only."""
_ENTRY, _LINE = "kafkatui.undo/1", "kafkatui.audit/1"


class Result(StrEnum):
    """How a change ended."""

    OK = "ok"
    FAILED = "failed"
    """Some or all of it was refused; the entry's `counts` tell."""
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """The process was killed in between; what was found afterwards stands in `problem`."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to be changed."""

    kind: str
    """Who can undo it: `group-offsets`, `topic-configs` ..."""
    what: str
    """One line for a person: `reset offsets of billing`."""
    command: str
    """The command line that does the same; no secrets in it."""
    cluster_id: str | None
    before: Mapping[str, Any] = field(default_factory=dict)
    """What is needed to restore it, as JSON."""
    planned: Mapping[str, Any] = field(default_factory=dict)
    """What it is to become, as JSON; what is found after a crash is compared with it."""
    plan_hash: str | None = None
    cannot_undo: str | None = None
    """Why there is no way back; None: there is one."""
    undoes: str | None = None
    """The id of the change this one takes back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A change in the journal."""

    id: str
    at: str
    """UTC, ISO 8601 with milliseconds."""
    who: str
    pid: int
    change: Change
    result: Result | None = None
    """None: it has not ended."""
    counts: Mapping[str, int] = field(default_factory=dict)
    problem: str | None = None
    undone_by: str | None = None
    """The id of the change that restored what was before."""

    @property
    def is_running(self) -> bool:
        """Whether the process that made it still runs."""
        return self.result is None and is_alive(self.pid, datetime.fromisoformat(self.at).timestamp())


class Unpublished:
    """Audit lines that a topic has not, while nobody else sends them. Call `done` once it has."""

    def __init__(self, lines: Sequence[bytes], end: int, descriptor: int) -> None:
        self.lines = lines
        """Without their line ends."""
        self._end = end
        self._descriptor = descriptor

    def done(self) -> None:
        """May raise OSError."""
        os.pwrite(self._descriptor, b"%020d" % self._end, 0)
        os.fsync(self._descriptor)


class Journal:
    """The entries in one folder. Every method may raise OSError: then nothing must be changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self, change: Change) -> Entry:
        """Keep what is before; only then may the change be made."""
        now = _now()
        stamp = now.replace("-", "").replace(":", "").replace("T", "-")[:15]
        entry = Entry(f"{stamp}-{secrets.token_hex(2)}", now, _who(), os.getpid(), change)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._save(entry)
        self._audit(entry, "started")
        return entry

    def end(
        self, entry: Entry, result: Result, counts: Mapping[str, int] | None = None, problem: str | None = None
    ) -> Entry:
        """Say how it went."""
        ended = Entry(entry.id, entry.at, entry.who, entry.pid, entry.change, result, counts or {}, problem)
        self._save(ended)
        self._audit(ended, "ended")
        return ended

    def undone(self, entry: Entry, by: Entry) -> None:
        """Note that `by` restored what was before `entry`."""
        fields = (entry.id, entry.at, entry.who, entry.pid, entry.change, entry.result, entry.counts, entry.problem)
        self._save(Entry(*fields, undone_by=by.id))

    def entries(self) -> list[Entry]:
        """The newest first. What can not be read as an entry is left out."""
        found = []
        for path in self._folder.glob("*.json"):
            with suppress(ValueError, TypeError, KeyError):
                found.append(_entry(json.loads(path.read_text(encoding="utf-8"))))
        return sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)

    def entry(self, id: str) -> Entry | None:
        """The one with this id."""
        return next((entry for entry in self.entries() if entry.id == id), None)

    def unfinished(self) -> list[Entry]:
        """Those whose process was killed in between, the newest first."""
        return [entry for entry in self.entries() if entry.result is None and not entry.is_running]

    @contextmanager
    def unpublished(self, cluster_id: str, topic: str) -> Iterator[Unpublished]:
        """What was written down of a cluster and is not in a topic of it; waits while another process sends it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"audit-{_of_a_file(cluster_id)}-{topic}.sent"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            begin = int(os.pread(descriptor, 20, 0) or b"0")
            lines, end = self._audited(cluster_id, begin)
            yield Unpublished(lines, end, descriptor)
        finally:
            os.close(descriptor)

    def _audited(self, cluster_id: str, begin: int) -> tuple[list[bytes], int]:
        """The lines of a cluster from a byte on, and the byte behind the last whole line."""
        try:
            data = (self._folder / _AUDIT).read_bytes()[begin:]
        except FileNotFoundError:
            return [], begin
        whole = data[: data.rfind(b"\n") + 1]
        lines = [line for line in whole.splitlines() if json.loads(line)["cluster_id"] == cluster_id]
        return lines, begin + len(whole)

    def _save(self, entry: Entry) -> None:
        path, scratch = self._folder / f"{entry.id}.json", self._folder / f".{entry.id}.tmp"
        data = json.dumps(_document(entry), ensure_ascii=False, indent=1).encode()
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        scratch.replace(path)

    def _audit(self, entry: Entry, event: str) -> None:
        line = {
            "schema": _LINE,
            "event": event,
            "at": _now(),
            "id": entry.id,
            "who": entry.who,
            "cluster_id": entry.change.cluster_id,
            "kind": entry.change.kind,
            "what": entry.change.what,
            "command": entry.change.command,
            "plan_hash": entry.change.plan_hash,
            "result": entry.result,
            "counts": dict(entry.counts),
            "problem": entry.problem,
        }
        data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        descriptor = os.open(self._folder / _AUDIT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # One write: lines of two processes never mix.
            os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _document(entry: Entry) -> dict[str, Any]:
    change = entry.change
    return {
        "schema": _ENTRY,
        "id": entry.id,
        "at": entry.at,
        "who": entry.who,
        "pid": entry.pid,
        "kind": change.kind,
        "what": change.what,
        "command": change.command,
        "cluster_id": change.cluster_id,
        "plan_hash": change.plan_hash,
        "cannot_undo": change.cannot_undo,
        "undoes": change.undoes,
        "before": dict(change.before),
        "planned": dict(change.planned),
        "result": entry.result,
        "counts": dict(entry.counts),
        "problem": entry.problem,
        "undone_by": entry.undone_by,
    }


def _entry(found: Mapping[str, Any]) -> Entry:
    if found["schema"] != _ENTRY:
        raise ValueError("another schema")
    change = Change(
        found["kind"], found["what"], found["command"], found["cluster_id"], found["before"], found["planned"],
        found["plan_hash"], found["cannot_undo"], found["undoes"],
    )  # fmt: skip
    result = None if found["result"] is None else Result(found["result"])
    fields = found["id"], found["at"], found["who"], found["pid"], change, result
    return Entry(*fields, found["counts"], found["problem"], found["undone_by"])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def is_alive(pid: int, since: float) -> bool:
    """Whether the process that had this id at `since`, epoch seconds, still runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    # Ids come again: in containers and after a restart nearly always the same ones.
    started = _started(pid)
    return started is None or started <= since + _CLOCK_SECONDS


def _of_a_file(cluster_id: str) -> str:
    """A cluster says what it likes of itself: what could name another folder, or no file at all, gets a digest."""
    if _PLAIN_ID.fullmatch(cluster_id):
        return cluster_id
    return sha256(cluster_id.encode("utf-8", "backslashreplace")).hexdigest()


def _started(pid: int) -> float | None:
    """When a process began, epoch seconds; None where the system does not tell (only Linux does, in /proc)."""
    try:
        # The name in parentheses may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        boot = next(line for line in Path("/proc/stat").read_text(encoding="ascii").splitlines() if line[:5] == "btime")
    except OSError:
        return None
    return int(boot.split()[1]) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
