"""Reaching one address: its name, a socket, TLS, the login, the requests it understands; each step by itself.

After one that fails the next ones are not tried, and say so. Nothing raises for an address of no use.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kafkatui.doctor import certificates
from kafkatui.doctor.abilities import guessed_release, missing
from kafkatui.doctor.source import Probing
from kafkatui.doctor.step import Outcome, Part, Step, named
from kafkatui.kafka.nodes import address
from kafkatui.model.connection import Connection, mechanism_of
from kafkatui.model.counted import counted
from kafkatui.model.probes import Greeting
from kafkatui.model.problems import Problem

STEPS = ("dns", "tcp", "tls", "sasl", "api_versions")
"""In their order."""

_MOST_MECHANISMS = 8
"""Told in a sentence: what is no broker may offer a million."""
_ADVICE = (
    ("expects TLS", "Set tls = true in the context, or security.protocol to SSL or SASL_SSL."),
    ("HTTP", "This is the port of a web server: use the port of a Kafka listener."),
    ("not Kafka", "Something else listens there: use the port of a Kafka listener."),
    ("TLS or a login", "Set tls or sasl as the listener wants it, or use the port of another listener."),
    ("mechanism", "Set sasl.mechanism to one that is offered, or have the broker offer it (sasl.enabled.mechanisms)."),
    ("password", "Correct the user or the password where the context says it comes from."),
    ("login", "Compare the login with what the listener is set to."),
    ("no answer", "The port is open and nothing answers: the broker hangs, or the listener is not Kafka's."),
)
"""By words of the problem; the first that fits."""


@dataclass(slots=True)
class Reached:
    """What is known of an address once its steps are through."""

    host: str
    port: int
    name: str
    """What messages call it."""
    connection: Connection
    ips: Sequence[str] = ()
    greeting: Greeting | None = None
    """None: it could not be used."""
    steps: list[Step] = field(default_factory=list)

    @property
    def where(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def reached(where: str, connection: Connection) -> Reached:
    """Nothing is known yet of the address `where`."""
    host, port = address(where)
    return Reached(host, port, where, connection)


async def reach(source: Probing, at: Reached, clock: Callable[[], float]) -> AsyncIterator[Step]:
    """One step after the other; `clock` is epoch seconds."""
    found: Callable[[], Awaitable[Step]]
    failed = ""
    for name, found in (
        ("dns", lambda: _dns(source, at)),
        ("tcp", lambda: _tcp(source, at)),
        ("tls", lambda: _tls(source, at, clock)),
        ("sasl", lambda: _sasl(source, at)),
        ("api_versions", lambda: _api_versions(source, at)),
    ):
        step = await _timed(found) if not failed else _not_tried(name, at, f"because {failed} failed")
        if step.outcome is Outcome.FAILED:
            failed = name
        at.steps.append(step)
        yield step


async def _timed(look: Callable[[], Awaitable[Step]]) -> Step:
    began = time.perf_counter()
    step = await look()
    return step if step.outcome is Outcome.NOT_TRIED else step.took(time.perf_counter() - began)


def _step(
    name: str, at: Reached, outcome: Outcome, found: str, advice: str = "", facts: Mapping[str, Any] | None = None
) -> Step:
    return Step(Part.CONNECTION, name, outcome, found, at.where, advice, facts=facts or {})


def _not_tried(name: str, at: Reached, why: str) -> Step:
    return _step(name, at, Outcome.NOT_TRIED, why)


async def _dns(source: Probing, at: Reached) -> Step:
    if is_ip(at.host):
        at.ips = (at.host,)
        return _not_tried("dns", at, "it is an IP address")
    found = await source.resolve(at.host, at.port)
    if isinstance(found, Problem):
        advice = "Compare the name with what the broker is called, and ask for it with the system's resolver."
        return _step("dns", at, Outcome.FAILED, found.text, advice)
    at.ips = tuple(found)
    return _step("dns", at, Outcome.OK, ", ".join(found), facts={"addresses": list(found)})


async def _tcp(source: Probing, at: Reached) -> Step:
    """To every address the name stands for: a client may take any of them."""
    answers = await asyncio.gather(*(source.connect(ip, at.port) for ip in at.ips))
    failed = {ip: problem for ip, problem in zip(at.ips, answers, strict=True) if problem is not None}
    good = [ip for ip in at.ips if ip not in failed]
    why = "; ".join(dict.fromkeys(problem.text for problem in failed.values()))
    facts = {"connected": good, "failed": {ip: problem.text for ip, problem in failed.items()}}
    if not good:
        return _step("tcp", at, Outcome.FAILED, why, _tcp_advice(why, at), facts=facts)
    if failed:
        advice = "Take the address that does not answer out of the name, or let something listen there."
        text = f"{named(good)} can be reached, {named(list(failed))} can not: {why}"
        return _step("tcp", at, Outcome.WARNING, text, advice, facts=facts)
    return _step("tcp", at, Outcome.OK, f"connected to {named(good)}", facts=facts)


def _tcp_advice(why: str, at: Reached) -> str:
    if "refused" in why:
        return f"Look whether the broker runs, and whether {at.port} is the port of its listener."
    return f"Look at firewalls between here and {at.where}, and whether the host runs."


async def _tls(source: Probing, at: Reached, clock: Callable[[], float]) -> Step:
    tls = at.connection.tls
    if tls is None:
        return _not_tried("tls", at, "the connection is set to plain text")
    return certificates.tls(await source.secure(at.host, at.port), clock(), at.where, insecure=tls.insecure)


async def _sasl(source: Probing, at: Reached) -> Step:
    login = at.connection.sasl
    if login is None:
        return _not_tried("sasl", at, "no login is set")
    wanted = mechanism_of(login)
    offered, greeting = await asyncio.gather(
        source.mechanisms(at.host, at.port, wanted), source.login(at.host, at.port, at.name)
    )
    known = [] if isinstance(offered, Problem) else list(offered)
    offer = f"; offered are {named(known, _MOST_MECHANISMS)}" if known else ""
    facts = {"wanted": wanted, "offered": known or None}
    if isinstance(greeting, Problem):
        why = bare(greeting, at)
        text = f"{wanted}: {why}{offer if not all(each in why for each in known) else ''}"
        advice = advice_on(greeting, at.connection) or "Compare the login with what the listener is set to."
        return _step("sasl", at, Outcome.FAILED, text, advice, facts=facts)
    at.greeting = greeting
    seconds = greeting.session_seconds
    lasts = f"; the session lasts {seconds:.0f} s" if seconds is not None else ""
    text = f"logged in with {wanted}{offer}{lasts}"
    return _step("sasl", at, Outcome.OK, text, facts={**facts, "session_seconds": seconds})


async def _api_versions(source: Probing, at: Reached) -> Step:
    greeting = at.greeting or await source.login(at.host, at.port, at.name)
    if isinstance(greeting, Problem):
        return _step("api_versions", at, Outcome.FAILED, bare(greeting, at), advice_on(greeting, at.connection))
    at.greeting = greeting
    release = await source.release(at.host, at.port)
    told = not isinstance(release, Problem)
    version = f"Kafka {release}" if told else f"probably Kafka {guessed_release(greeting)}, by what it understands"
    lacking = missing(greeting.apis)
    facts = {
        "requests": greeting.count,
        "release": release if told else None,
        "missing": [{"what": need.what, "needs": need.since} for need in lacking],
    }
    text = f"{version}; it understands {counted(greeting.count, 'request')}"
    if not lacking:
        return _step("api_versions", at, Outcome.OK, f"{text}, all that are needed here among them", facts=facts)
    absent = named([f"{need.what} (needs {need.since})" for need in lacking])
    advice = "Upgrade the broker for these; all else works."
    return _step("api_versions", at, Outcome.WARNING, f"{text}; not there: {absent}", advice, facts=facts)


def advice_on(problem: Problem, connection: Connection) -> str:
    """What to do where a peer answers wrongly or not at all."""
    tls = connection.tls
    if tls is not None and tls.certificate is None and "closes the connection" in problem.text:
        # In TLS 1.3 a client learns only after the handshake that its certificate is wanted.
        return "If the listener wants a client certificate (ssl.client.auth), set certificate and key in the tls table."
    return next((advice for word, advice in _ADVICE if word in problem.text), "")


def bare(problem: Problem, at: Reached) -> str:
    """Without the name in front, which stands beside it: a broker's, or that of its address when it was asked first."""
    return problem.text.removeprefix(f"{at.name}: ").removeprefix(f"{at.host}:{at.port}: ")


def is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
