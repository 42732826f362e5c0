"""How far the cluster's clock is from ours, as two bounds that are certain, and the quotas that slow us down."""

from __future__ import annotations

from kafkatui.doctor.step import Outcome, Part, Step, named
from kafkatui.model.probes import Skew, Throttles
from kafkatui.model.problems import Problem
from kafkatui.model.reckoning import SKEW_MS

_LIMIT = SKEW_MS / 1000
"""Seconds from which on ages of records are shown wrong."""


def clock(found: Skew | Problem) -> Step:
    """Of the controller only: no request tells another broker's clock."""
    if isinstance(found, Problem):
        return Step(Part.CLUSTER, "clock", Outcome.NOT_TRIED, f"only the controller tells its clock: {found.text}")
    facts = {"broker": found.node_id, "low_seconds": round(found.low, 4), "high_seconds": round(found.high, 4)}
    text = f"controller {found.node_id}: {_words(found)}"
    if found.low > _LIMIT or found.high < -_LIMIT:
        advice = "Set the clocks of this machine and of the brokers by NTP: ages and times are wrong by as much."
        return Step(Part.CLUSTER, "clock", Outcome.WARNING, text, advice=advice, facts=facts)
    return Step(Part.CLUSTER, "clock", Outcome.OK, text, facts=facts)


def _words(skew: Skew) -> str:
    middle, half = (skew.low + skew.high) / 2, (skew.high - skew.low) / 2
    if skew.low <= 0 <= skew.high:
        return f"its clock is this machine's, within {_span(max(-skew.low, skew.high))}"
    way = "ahead of" if middle > 0 else "behind"
    return f"its clock is {way} this machine's by {_span(abs(middle))} ± {_span(half)}"


def _span(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:,.0f} s".replace(",", " ")


def throttle(found: Throttles) -> Step:
    """Whether brokers held back what was asked so far."""
    if not found.by_broker:
        return Step(Part.CLUSTER, "throttle", Outcome.OK, "no answer was held back by a quota")
    longest = sorted(found.by_broker.items(), key=lambda each: -each[1])
    text = f"answers are held back by a quota: {named([f'{name} by {ms} ms' for name, ms in longest])}"
    advice = "Look at the quotas of this user and client id (kafka-configs --entity-type users, clients)."
    return Step(Part.CLUSTER, "throttle", Outcome.WARNING, text, advice=advice, facts={"ms": dict(longest)})
