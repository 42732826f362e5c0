"""The dead letters of one cluster, for who looks at them for a while: topics, letters, origins. Shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kafkatui.dead_letters.back_plan import Asked, BackPlan, plan_back
from kafkatui.dead_letters.finding import Finding, find
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.look import MOST, Look
from kafkatui.dead_letters.masked import masked_origins
from kafkatui.dead_letters.origin import Fetched, fetch_origins
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.kafka.cluster import Cluster
from kafkatui.model.connection import Connection
from kafkatui.model.records import Place
from kafkatui.reading.records import Records
from kafkatui.reading.request import Request

if TYPE_CHECKING:
    from kafkatui.reading.masking import Masking


class Desk:
    """Asks anew each time: nothing of the cluster is remembered. May raise `Unreachable`."""

    def __init__(
        self, cluster: Cluster, connection: Connection, recogniser: Recogniser, masking: Masking | None = None
    ) -> None:
        """`cluster`: of `connection`; it need not be able to change anything. `masking`: for what is shown."""
        self._cluster = cluster
        self._connection = connection
        self._recogniser = recogniser
        self._masking = masking

    async def find(self) -> Finding:
        """The topics that hold dead letters, or records that are tried again."""
        return await find(Records(self._cluster.nodes), await self._cluster.topology(), self._recogniser)

    async def look(self, topic: str, most: int = MOST, *, keep: bool = True) -> Look:
        """At the newest of one topic. What can not be read of it stands in its plan."""
        records = Records(self._cluster.nodes)
        plan = await records.plan(Request((topic,)), await self._cluster.topology())
        return Look(plan, records.older(plan), self._recogniser, most, keep=keep, masking=self._masking)

    async def origins(self, letters: Sequence[DeadLetter]) -> dict[Place, Fetched]:
        """As `origin.fetch_origins`."""
        return await masked_origins(await fetch_origins(self._cluster.nodes, letters), self._masking)

    async def plan_back(self, asked: Asked, counted: Callable[[int, int, int], None]) -> BackPlan:
        """As `back_plan.plan_back`."""
        return await plan_back(self._cluster, self._connection, asked, self._recogniser, counted)
