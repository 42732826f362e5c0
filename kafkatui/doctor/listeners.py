"""The address each broker advertises, dialled from here: with a wrong one only the bootstrap server is reached."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from kafkatui.doctor.reaching import Reached, bare, is_ip, reach
from kafkatui.doctor.source import Probing
from kafkatui.doctor.step import Outcome, Part, Step
from kafkatui.model.cluster import Broker
from kafkatui.model.connection import Connection
from kafkatui.model.problems import Problem

_ADVERTISED = "set its advertised.listeners to a name and port that clients here can reach"


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How the cluster was reached, which tells what its own addresses should be like."""

    ips: tuple[str, ...]
    cluster_id: str | None

    @property
    def is_remote(self) -> bool:
        return any(not ipaddress.ip_address(_plain(ip)).is_loopback for ip in self.ips)

    @property
    def is_public(self) -> bool:
        return any(ipaddress.ip_address(_plain(ip)).is_global for ip in self.ips)


def _plain(ip: str) -> str:
    """Without the zone of a link-local address."""
    return ip.partition("%")[0]


async def listeners(
    source: Probing,
    brokers: Mapping[int, Broker],
    bootstrap: Bootstrap,
    connection: Connection,
    clock: Callable[[], float],
) -> AsyncGenerator[Step, None]:
    """A step for every broker, in the order of their ids; all are dialled at once."""
    looking = [
        asyncio.create_task(_listener(source, broker, bootstrap, connection, clock))
        for _, broker in sorted(brokers.items())
    ]
    try:
        for each in looking:
            yield await each
    finally:
        for each in looking:
            each.cancel()
        await asyncio.gather(*looking, return_exceptions=True)


async def _listener(
    source: Probing, broker: Broker, bootstrap: Bootstrap, connection: Connection, clock: Callable[[], float]
) -> Step:
    if not broker.host:
        why = broker.problem.text if broker.problem is not None else "its address is not known"
        return _step(broker, Outcome.FAILED, why, "Look at the broker's log: it does not report to the controller.")
    began = time.perf_counter()
    at = Reached(broker.host, broker.port, f"broker {broker.node_id}", connection)
    steps = [step async for step in reach(source, at, clock)]
    step = await _judged(source, broker, at, steps, bootstrap)
    facts = {**step.facts, "steps": {each.name: each.outcome.value.replace(" ", "_") for each in steps}}
    return replace(step, facts=facts, seconds=time.perf_counter() - began)


async def _judged(source: Probing, broker: Broker, at: Reached, steps: Sequence[Step], bootstrap: Bootstrap) -> Step:
    failed = next((step for step in steps if step.outcome is Outcome.FAILED), None)
    cause = suspicion(broker, at.ips, bootstrap)
    if failed is not None:
        advice = f"{cause}: {_ADVERTISED}." if cause else failed.advice
        return _step(broker, Outcome.FAILED, f"{failed.name}: {failed.found}", advice, at.ips)
    other = await source.cluster_id(broker.host, broker.port)
    if isinstance(other, str) and bootstrap.cluster_id is not None and other != bootstrap.cluster_id:
        text = f"another cluster answers there: {other}"
        return _step(broker, Outcome.FAILED, text, f"{cause or 'It leads elsewhere'}: {_ADVERTISED}.", at.ips)
    if isinstance(other, Problem):
        return _step(broker, Outcome.FAILED, bare(other, at), "", at.ips)
    if cause:
        text = "it answers, but only because this machine runs it or leads there"
        return _step(broker, Outcome.WARNING, text, f"{cause}: {_ADVERTISED}.", at.ips)
    words = [f"{step.name} {step.outcome}" for step in steps if step.outcome is not Outcome.NOT_TRIED]
    warned = next((step for step in steps if step.outcome is Outcome.WARNING and step.name != "api_versions"), None)
    if warned is not None:
        return _step(broker, Outcome.WARNING, f"{warned.name}: {warned.found}", warned.advice, at.ips)
    return _step(broker, Outcome.OK, f"reachable as it is advertised: {', '.join(words)}", "", at.ips)


def suspicion(broker: Broker, ips: Sequence[str], bootstrap: Bootstrap) -> str:
    """Why the advertised address is probably wrong for clients; empty where it is not."""
    where = f"it advertises {broker.host}:{broker.port}"
    if not ips:
        if is_ip(broker.host) or "." in broker.host:
            return f"{where}, and nobody here knows that name" if not is_ip(broker.host) else ""
        return f"{where}, a name without a domain as containers and pods have, and nobody here knows it"
    addresses = [ipaddress.ip_address(_plain(ip)) for ip in ips]
    if any(each.is_unspecified for each in addresses):
        return f"{where}, which is no address to connect to"
    if bootstrap.is_remote and all(each.is_loopback for each in addresses):
        return f"{where}, which is this machine, and the bootstrap server is another one"
    if bootstrap.is_public and all(each.is_private for each in addresses):
        return f"{where}, a private address, and the bootstrap server has a public one"
    return ""


def _step(broker: Broker, outcome: Outcome, found: str, advice: str = "", ips: Sequence[str] = ()) -> Step:
    where = f" at {broker.host}:{broker.port}" if broker.host else ""
    facts = {"broker": broker.node_id, "host": broker.host, "port": broker.port, "addresses": list(ips)}
    advice = advice[:1].upper() + advice[1:]
    return Step(Part.CONNECTION, "listener", outcome, found, f"broker {broker.node_id}{where}", advice, facts=facts)
