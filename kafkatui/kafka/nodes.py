"""Which broker a request goes to: any that answers, one by its id, or several at once. Payloads are not known here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from kafkatui.kafka.link import Failed, Link
from kafkatui.kafka.links import Links
from kafkatui.kafka.wire import Call
from kafkatui.model.cluster import Broker, Topology
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem

DEFAULT_PORT = 9092


class Nodes:
    """The brokers of one cluster by node id, beginning with the bootstrap addresses."""

    def __init__(self, links: Links) -> None:
        self.links = links
        self.seen: Topology | None = None
        """The topology as it was last read: whoever can find out that it is old need not read it again."""
        self._bootstrap = [links.at(*address(each)) for each in links.settings.bootstrap]
        self._by_id: dict[int, Link] = {}
        self._good: Link | None = None

    def learn(self, brokers: Iterable[Broker]) -> None:
        """Take over the addresses the cluster advertises."""
        for broker in brokers:
            if broker.host:
                self._by_id[broker.node_id] = self.links.at(broker.host, broker.port, f"broker {broker.node_id}")

    def link(self, node_id: int) -> Link | None:
        return self._by_id.get(node_id)

    def throttled_ms(self, node_id: int) -> int:
        """For how long a quota has held up answers of a broker lately, on any of its connections."""
        link = self._by_id.get(node_id)
        if link is None:
            return 0
        return max(each.throttled_ms for each in self.links.links() if each.address == link.address)

    async def any(self, call: Call) -> Any:
        """The answer of whichever broker gives one first. Raises `Unreachable`, and `Failed` if none knows it."""
        problems: list[Problem] = []
        if self._good is not None:
            try:
                return await self.links.ask(self._good, call)
            except Failed as error:
                if error.problem.code == "unsupported_version":
                    raise
                problems.append(error.problem)
        return await self._race([link for link in self._candidates() if link is not self._good], call, problems)

    async def ask(self, node_id: int, call: Call, lane: str = "") -> Any:
        """Raises `Failed`."""
        link = self._by_id.get(node_id)
        if link is None:
            raise Failed(Problem("unknown_broker", f"broker {node_id} is not in the cluster's metadata"))
        if lane:
            if link.current_problem is not None:
                # Silent here it is silent there too: once is enough to wait for that.
                raise Failed(link.current_problem)
            link = self.links.at(*link.address, link.name, lane=lane)
        return await self.links.ask(link, call)

    async def forwarded(self, call: Call) -> Any:
        """Ask something a broker hands on to the controller, on a connection of its own.

        A broker answers one request of a connection after the other, so while the controller is silent this one
        would hold up all that come behind it. Raises `Failed`, `Unreachable`.
        """
        if self._good is None:
            return await self.any(call)
        host, port = self._good.address
        return await self.links.ask(self.links.at(host, port, self._good.name, lane="controller"), call)

    async def each(self, calls: Mapping[int, Call], lane: str = "") -> dict[int, Any]:
        """Ask several brokers at once; a `Problem` stands in for the answer of one that gives none.

        `lane`: on connections of their own, for answers so big that they would hold up all that come behind them.
        """
        answers = await asyncio.gather(*(self._ask_or_problem(node_id, call, lane) for node_id, call in calls.items()))
        return dict(zip(calls, answers, strict=True))

    async def all(self, node_ids: Iterable[int], call: Call) -> dict[int, Any]:
        return await self.each(dict.fromkeys(node_ids, call))

    async def _ask_or_problem(self, node_id: int, call: Call, lane: str) -> Any:
        try:
            return await self.ask(node_id, call, lane)
        except Failed as error:
            return error.problem

    def _candidates(self) -> list[Link]:
        return list(dict.fromkeys([*self._by_id.values(), *self._bootstrap]))

    async def _race(self, links: list[Link], call: Call, problems: list[Problem]) -> Any:
        """Reach for all at once; ask one after the other, in the order they are reached, until one answers.

        `problems`: of those that were asked before.
        """
        reaching = {asyncio.create_task(link.reach()): link for link in links}
        pending = set(reaching)
        try:
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    try:
                        await task
                        answer = await self.links.ask(reaching[task], call)
                    except Failed as error:
                        problems.append(error.problem)
                    else:
                        self._good = reaching[task]
                        return answer
        finally:
            for task in reaching:
                task.cancel()
            await asyncio.gather(*reaching, return_exceptions=True)
        if problems and all(problem.code == "unsupported_version" for problem in problems):
            raise Failed(problems[0])
        raise Unreachable(_all_failed(problems))


def _all_failed(problems: list[Problem]) -> Problem:
    if not problems:
        return Problem("unreachable", "no broker to ask")
    worst = next((each for each in problems if each.code != "unreachable"), problems[0])
    if len(problems) == 1:
        return worst
    return Problem(worst.code, f"none of {len(problems)} brokers can be used; {worst.text}")


def address(text: str) -> tuple[str, int]:
    """`host`, `host:port` or `[v6]:port`; the port is 9092 when none is given."""
    host, colon, port = text.rpartition(":")
    if not colon or (host.startswith("[") and not host.endswith("]")) or (":" in host and not host.startswith("[")):
        return text.strip("[]"), DEFAULT_PORT
    return host.strip("[]"), int(port)
