"""What the mini-cluster raises. Nothing else lives here."""

from __future__ import annotations


class MiniClusterError(Exception):
    """Something a person can act on: one sentence, and below it the tail of a broker's log where one died."""


class BrokerDied(MiniClusterError):
    """A broker's process ended while it was starting."""
