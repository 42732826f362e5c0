"""What would be sent back of the dead letters in a range, as they are read. Nothing is sent here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import dataclass

from kafkatui.dead_letters.causes import key_of
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.origin import fetch_origins
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redrive import Planned, Redrive, plan
from kafkatui.kafka.fetch_request import Limits
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.search import Step
from kafkatui.model.cluster import Topology
from kafkatui.model.records import Place
from kafkatui.reading.records import Records
from kafkatui.reading.request import Plan

LIMITS = Limits(request_bytes=1 << 20, partition_bytes=256 * 1024)
"""Stack traces are much the same in every record, so that a megabyte of batches may become a hundred."""


@dataclass(frozen=True, slots=True)
class Selected:
    """One step on the way through the range."""

    step: Step
    """How far its partition is read, and what could not be read."""
    planned: tuple[Planned, ...]
    """Of the dead letters that were selected, in the order they lie."""
    others: int
    """Records of it that are no dead letters, or of another cause."""


async def select(
    nodes: Nodes,
    wanted: Plan,
    redrive: Redrive,
    recogniser: Recogniser,
    topology: Topology | None = None,
    causes: Collection[str] = (),
) -> AsyncGenerator[Selected, None]:
    """Read a range and plan for each dead letter in it; of `causes`, whole ids, if there are any, else all.

    In order within a partition. Origins are only read for what a share group gave up. Raises `Unreachable`.
    """
    named: dict[Place, Place] = {}
    async with aclosing(Records(nodes).search(wanted, limits=LIMITS)) as steps:
        async for step in steps:
            read = (letter for record in step.found if (letter := recogniser.read(record)) is not None)
            letters = [letter for letter in read if not causes or key_of(letter).id in causes]
            pointing = [letter for letter in letters if _needs_origin(letter)]
            origins = await fetch_origins(nodes, pointing, topology) if pointing else {}
            yield Selected(step, tuple(plan(letters, redrive, origins, named)), len(step.found) - len(letters))


def _needs_origin(letter: DeadLetter) -> bool:
    return letter.dialect.is_pointer
