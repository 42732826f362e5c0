"""Hours in minutes: the whole screen and a tail on a living cluster with a fault every minute, and what they cost.

    python -m dev.bench.soak --minutes 30

Starts its own mini-cluster on this machine, with the load of the sample world, and ends it. Every ten seconds it takes
memory, file descriptors, asyncio tasks and what a key waits; after each fault, how soon the screen is fresh again. It
ends with 1 where memory, descriptors or tasks grow, anything failed or is late, or the tail lost or repeated a record.
Writes the section `soak` of `results.md`, unless it ran less than ten minutes.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from dev.bench.results import machine, replace_section
from dev.bench.screen import Screen
from dev.bench.soak_faults import Faults
from dev.bench.soak_tail import TOPIC, Tail

SAMPLE_SECONDS, FAULT_SECONDS = 10.0, 60.0
FRESH_SECONDS = 20.0
"""After a fault is over the screen shows the cluster whole, as of now, within this time."""
MOST_MIB_AN_HOUR, MOST_FDS, MOST_TASKS = 30.0, 3.0, 3.0
"""How much may be added after the warm-up; of the last two, between the first and the last quarter of the samples."""
LONGEST_MEDIAN_MS = 100.0
_TOUR = b"12345678"
"""The keys of all screens."""
_AGE, _BROKERS = re.compile(rb"of 0 s"), re.compile(rb"(\d)/3 brokers")


@dataclass(frozen=True, slots=True)
class Sample:
    """What the processes of the screen and of the tail hold at one moment."""

    minute: float
    mib: float
    """Proportional set size of all its processes: what they share counts once."""
    fds: int
    tasks: int
    key_ms: float
    """From a key to the first byte painted, the median of a few."""
    tail_mib: float
    tail_fds: int


@dataclass(slots=True)
class Soak:
    """One run."""

    screen: Screen
    tail: Tail
    told: Path
    began: float = field(default_factory=time.monotonic)
    samples: list[Sample] = field(default_factory=list)
    healed: list[tuple[str, float]] = field(default_factory=list)
    """Each fault, and the seconds until the screen was fresh after it."""
    failures: list[str] = field(default_factory=list)

    def run(self, minutes: float, faults: Faults) -> None:
        """Raises TimeoutError where the screen does not answer at all."""
        next_sample, next_fault, fault = 0.0, FAULT_SECONDS / 2, None
        with ThreadPoolExecutor(1) as pool:
            while (now := time.monotonic() - self.began) < minutes * 60:
                if fault is None and now >= next_fault:
                    fault, next_fault = pool.submit(faults.next), next_fault + FAULT_SECONDS
                if now >= next_sample:
                    self._sample()
                    next_sample = max(now, next_sample + SAMPLE_SECONDS)
                self._live(0.5)
                if fault is not None and fault.done():
                    self._heal(fault)
                    fault = None
            if fault is not None:
                self._await(fault)

    def _await(self, fault: Future[str]) -> None:
        while not fault.done():
            self._live(0.5)
        self._heal(fault)

    def _live(self, seconds: float) -> bytes:
        """Let all go on for a while; what the screen painted."""
        self.tail.turn()
        self.screen.seen = b""
        self.screen.pause(seconds)
        return self.screen.seen

    def _heal(self, fault: Future[str]) -> None:
        """Look at one screen after the other, each painted whole, until one says so."""
        over = time.monotonic()
        while time.monotonic() - over < 3 * FRESH_SECONDS:
            self.screen.write(b"17"[len(self.samples) % 2 :][:1])
            seen = self._live(1.2)
            self.screen.write(b"2")
            seen += self._live(0.8)
            brokers = _BROKERS.findall(seen)
            if _AGE.search(seen) and brokers and brokers[-1] == b"3":
                break
        self.healed.append((fault.result(), time.monotonic() - over))

    def _sample(self) -> None:
        self.screen.write(_TOUR[len(self.samples) % len(_TOUR) :][:1])
        self._live(0.5)
        waits = [self._answer(number) for number in range(5)]
        everyone = _family(self.screen.pid)
        self.samples.append(
            Sample(
                (time.monotonic() - self.began) / 60,
                sum(map(_mib, everyone)),
                sum(map(_fds, everyone)),
                self._tasks(),
                statistics.median(waits) * 1000,
                sum(map(_mib, _family(self.tail.process.pid))),
                sum(map(_fds, _family(self.tail.process.pid))),
            )
        )
        print(_row(self.samples[-1]), flush=True)  # noqa: T201

    def _answer(self, number: int) -> float:
        self._live(0.1)
        return self.screen.answer_to(b"jjkk"[number % 4 : number % 4 + 1])

    def _tasks(self) -> int:
        self.told.unlink(missing_ok=True)
        os.kill(self.screen.pid, signal.SIGUSR1)
        for _ in range(100):
            self.screen.pause(0.05)
            if self.told.exists():
                return int(self.told.read_text())
        self.failures.append("the program did not tell its tasks within 5 s")
        return 0

    def finish(self, log: Path) -> None:
        """Take what is still to come, and note what went wrong meanwhile."""
        if left := self.tail.flush():
            self.failures.append(f"{left} records were not written")
        deadline = time.monotonic() + 30
        while self.tail.behind and time.monotonic() < deadline:
            self.tail.take()
            self.screen.pause(0.2)
        if self.tail.behind:
            self.failures.append(f"the tail is {self.tail.behind} records behind 30 s after the last one")
        self.failures += self.tail.wrong[:5]
        if self.tail.process.poll() is not None:
            self.failures.append(f"the tail ended with {self.tail.process.returncode}")
        if log.exists() and (text := log.read_text()):
            self.failures.append(f"asyncio says: {text[:300]}")


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in below for each in _family(int(child)))]


def _mib(pid: int) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return int(re.findall(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[0]) / 1024


def _fds(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def main() -> int:
    """Run it and judge it."""
    from kafkatui.minicluster import cluster

    parser = argparse.ArgumentParser(prog="python -m dev.bench.soak")
    parser.add_argument("--minutes", type=float, default=30.0)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="kafkatui-bench-") as folder:
        home = Path(folder)
        # Nothing of the person who runs it is seen or touched.
        os.environ |= {"XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
        try:
            soak = _soaked(home / "cluster", minutes)
        finally:
            cluster.down(home / "cluster")
    lines = list(_report(soak))
    print("\n".join(lines))  # noqa: T201
    if minutes >= 10:
        head = f"## soak\n\n`python -m dev.bench.soak --minutes {minutes:g}` {machine()}\n"
        replace_section("soak", "\n".join([head, *lines, ""]))
    return int(bool(_verdicts(soak)[1]))


def _soaked(home: Path, minutes: float) -> Soak:
    import asyncio

    from kafkatui.minicluster import cluster
    from kafkatui.minicluster.load import keep_living
    from kafkatui.minicluster.seed import seed

    running = cluster.up(3, "java", home=home)
    asyncio.run(seed(running.bootstrap))
    keep_living(running)
    told = home.parent / "tasks"
    tail = Tail(running.bootstrap, home.parent)
    faults = Faults(running.bootstrap, home, TOPIC)
    try:
        faults.begin()
        screen = Screen(running.bootstrap, 160, 45, ("dev.bench.soaked", str(told)))
        screen.read_until(lambda seen: b"3/3 brokers" in seen)
        soak = Soak(screen, tail, told)
        try:
            soak.run(minutes, faults)
            soak.finish(told.with_name("tasks.log"))
            screen.close()
        except (TimeoutError, OSError) as error:
            soak.failures.append(f"the screen: {error}")
        return soak
    finally:
        faults.end()
        tail.end()


def _slope(samples: Sequence[Sample], of: str) -> float:
    """What an hour adds, by the line that fits best."""
    minutes, values = [each.minute for each in samples], [float(getattr(each, of)) for each in samples]
    return float(statistics.linear_regression(minutes, values).slope * 60)


def _added(samples: Sequence[Sample], of: str) -> float:
    """Between the first and the last quarter, medians."""
    values, quarter = [getattr(each, of) for each in samples], max(1, len(samples) // 4)
    return float(statistics.median(values[-quarter:]) - statistics.median(values[:quarter]))


def _verdicts(soak: Soak) -> tuple[list[str], list[str]]:
    """What was judged, and what of it is not as it should be."""
    warm = soak.samples[len(soak.samples) // 5 :]
    slowest = max((seconds for _, seconds in soak.healed), default=0.0)
    waited = statistics.median(each.key_ms for each in warm)
    judged = [
        (f"memory of the screen: {_slope(warm, 'mib'):+.1f} MiB an hour", _slope(warm, "mib") <= MOST_MIB_AN_HOUR),
        (f"memory of the tail: {_slope(warm, 'tail_mib'):+.1f} MiB an hour",
         _slope(warm, "tail_mib") <= MOST_MIB_AN_HOUR),
        (f"file descriptors of the screen: {_added(warm, 'fds'):+.0f}", _added(warm, "fds") <= MOST_FDS),
        (f"file descriptors of the tail: {_added(warm, 'tail_fds'):+.0f}", _added(warm, "tail_fds") <= MOST_FDS),
        (f"asyncio tasks: {_added(warm, 'tasks'):+.0f}", _added(warm, "tasks") <= MOST_TASKS),
        (f"key to paint, ms: {waited:.0f} in the median", waited <= LONGEST_MEDIAN_MS),
        (f"fresh after a fault, s: {slowest:.1f} at most", slowest <= FRESH_SECONDS),
        (f"records through the tail: {soak.tail.read.total():,}, each once and in order", not soak.tail.wrong),
    ]  # fmt: skip
    said = [f"- {text}" for text, _ in judged]
    bad = [text for text, holds in judged if not holds] + soak.failures
    return said, bad


def _row(sample: Sample) -> str:
    return (
        f"| {sample.minute:.1f} | {sample.mib:.0f} | {sample.fds} | {sample.tasks} | {sample.key_ms:.0f} "
        f"| {sample.tail_mib:.0f} | {sample.tail_fds} |"
    )


def _report(soak: Soak) -> Iterator[str]:
    yield "| minute | screen MiB | fds | tasks | key to paint ms | tail MiB | fds |\n|---|---|---|---|---|---|---|"
    every = max(1, len(soak.samples) // 12)
    yield from map(_row, soak.samples[::every])
    yield "\nJobs, the sixth place, is empty: there a key paints nothing, and what it waits for is the next refresh."
    yield "\n| fault | times | fresh after s, median | most |\n|---|---|---|---|"
    for name in dict.fromkeys(name for name, _ in soak.healed):
        took = [seconds for each, seconds in soak.healed if each == name]
        yield f"| {name} | {len(took)} | {statistics.median(took):.1f} | {max(took):.1f} |"
    said, bad = _verdicts(soak)
    yield ""
    yield from said
    yield ("\nNot as it should be: " + "; ".join(bad)) if bad else "\nAll as it should be."


if __name__ == "__main__":
    sys.exit(main())
