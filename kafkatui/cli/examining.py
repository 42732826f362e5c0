"""Carries out `doctor`: prints each step when it is done, and ends with the code for what was found."""

from __future__ import annotations

import asyncio
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any

from kafkatui.cli import connect, report
from kafkatui.cli.exits import Code, say
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.cli.stop import Stop
from kafkatui.doctor.examination import Examination, worst
from kafkatui.doctor.source import Probing
from kafkatui.doctor.step import Outcome, Part, Step
from kafkatui.model.connection import Connection
from kafkatui.model.counted import counted
from kafkatui.safe_text import safe_text

_SIGNS = {Outcome.OK: "✓", Outcome.WARNING: "!", Outcome.FAILED: "✗", Outcome.NOT_TRIED: "-"}
_HEADS = {Part.CONNECTION: "Connection", Part.CLUSTER: "Cluster", Part.ADVICE: "Advice"}
_WORD = max(map(len, Outcome))
_NAME = 17
"""Cells of the longest name."""
_NARROW = 60
"""Cells below which lines are not broken."""


def open_probes(connection: Connection) -> AbstractAsyncContextManager[Probing]:
    """The real cluster; tests put a scripted one here."""
    from kafkatui.kafka.probes import Probes

    return Probes.open(connection)


async def examine(connection: Connection, origin: str, *, strict: bool, as_json: bool) -> Code:
    """The exit code."""
    async with open_probes(connection) as source:
        examination = Examination(source, connection, origin, connect.clock)
        examining = _Examining(examination, as_json=as_json)
        is_whole = await examining.until_stopped(Stop())
    if as_json:
        report.write([report.dumped(examining.document(connection, is_whole), 2 if report.on_terminal() else None)])
    code = _code(examination, examining.steps, is_whole=is_whole, strict=strict)
    for sentence in _ended(examining.steps, code):
        say(sentence)
    return code


class _Examining:
    """The steps so far."""

    def __init__(self, examination: Examination, *, as_json: bool) -> None:
        self.steps: list[Step] = []
        self._examination = examination
        self._as_json = as_json
        self._part: Part | None = None
        self._line = ProgressLine(self._words)

    async def until_stopped(self, stop: Stop) -> bool:
        """False: somebody interrupted it; what was found by then is kept."""
        going = asyncio.ensure_future(self._go())
        try:
            await asyncio.wait({going, stop.asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            is_whole = going.done()
            if not is_whole:
                going.cancel()
                await asyncio.wait({going})
            self._line.clear()
        if not going.cancelled():
            going.result()
        return is_whole

    async def _go(self) -> None:
        self._line.draw(at_once=True)
        async with aclosing(self._examination.steps()) as steps:
            async for step in steps:
                self.steps.append(step)
                if not self._as_json:
                    self._print(step)
                self._line.draw(at_once=True)

    def _print(self, step: Step) -> None:
        self._line.clear()
        if step.part is not self._part:
            report.write([*([""] if self._part is not None else []), _HEADS[step.part]])
            self._part = step.part
        report.write(lines(step))

    def _words(self) -> str:
        return f"{counted(len(self.steps), 'step')} done, goes on"

    def document(self, connection: Connection, is_whole: bool) -> dict[str, Any]:
        """`kafkatui.doctor/1`."""
        return {
            "schema": "kafkatui.doctor/1",
            "cluster_id": self._examination.cluster_id,
            "at": report.moment(connect.clock()),
            "context": connection.context,
            "outcome": worst([step for step in self.steps if step.part is not Part.ADVICE]).value,
            "complete": is_whole,
            "steps": [_document(step) for step in self.steps if step.part is not Part.ADVICE],
            "advice": [_document(step) for step in self.steps if step.part is Part.ADVICE],
        }


def _document(step: Step) -> dict[str, Any]:
    return {
        "step": step.name,
        "about": step.about or None,
        "outcome": step.outcome.value.replace(" ", "_"),
        "found": step.found,
        "advice": step.advice or None,
        "seconds": None if step.seconds is None else round(step.seconds, 4),
        "facts": dict(step.facts),
    }


def lines(step: Step) -> Iterator[str]:
    """A sign, its word, what was looked at and what was found; beneath it the advice."""
    took = "" if step.seconds is None else f" ({_span(step.seconds)})"
    about = f"{step.about}: " if step.about else ""
    head = f"  {_SIGNS[step.outcome]} {step.outcome:<{_WORD}}  {step.name:<{_NAME}}  "
    yield from _broken(head, safe_text(f"{about}{step.found}{took}"))
    if step.advice:
        yield from _broken(" " * len(head) + "→ ", safe_text(step.advice))


def _broken(head: str, text: str) -> Iterator[str]:
    """At the width of a terminal; a pipe gets each as one line."""
    width = shutil.get_terminal_size().columns if report.on_terminal() else 0
    if width < _NARROW:
        yield f"{head}{text}"
        return
    room = width - len(head)
    first, *rest = textwrap.wrap(text, max(room, 20), break_on_hyphens=False) or [""]
    yield f"{head}{first}"
    for line in rest:
        yield " " * len(head) + line


def _span(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _code(examination: Examination, steps: Sequence[Step], *, is_whole: bool, strict: bool) -> Code:
    if not is_whole:
        return Code.INTERRUPTED
    if not examination.is_in:
        return Code.UNREACHABLE
    outcome = worst(steps)
    if outcome is Outcome.FAILED:
        return Code.FAILED
    return Code.CHECK if strict and outcome is Outcome.WARNING else Code.OK


def _ended(steps: Sequence[Step], code: Code) -> Iterator[str]:
    """How many steps came out how; and why there is no connection, for who throws stdout away."""
    counts = {outcome: sum(step.outcome is outcome for step in steps) for outcome in Outcome}
    text = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    yield f"interrupted: {text}" if code is Code.INTERRUPTED else text
    failed = [step for step in steps if step.outcome is Outcome.FAILED]
    if code is Code.UNREACHABLE and failed:
        # Where the cluster itself is the wrong one, no address is to blame.
        cause = next((step for step in failed if step.name == "cluster"), failed[0])
        about = f"{cause.about}: " if cause.about else ""
        yield f"no connection: {about}{cause.found}"
