"""What we use of aiokafka's module of connections, loaded without Kerberos. Nothing is added to it here."""

from __future__ import annotations

from kafkatui.kafka.bare_packages import hidden

# It imports gssapi wherever that is installed, which takes 17 ms of each start (measured), for a login we do ourselves.
with hidden("gssapi"):
    from aiokafka.conn import AIOKafkaConnection, CloseReason, SaslPlainAuthenticator, ScramAuthenticator

__all__ = ["AIOKafkaConnection", "CloseReason", "SaslPlainAuthenticator", "ScramAuthenticator"]
