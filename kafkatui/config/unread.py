"""A login whose secret is kept elsewhere: laid under properties, it stands for what they do not say."""

from __future__ import annotations

from collections.abc import Mapping

from kafkatui.config.java_logins import named
from kafkatui.config.logins import PASSWORDS
from kafkatui.model.connection import ClientCredentials, FixedToken, Login, Sasl

UNREAD = "\0unread"
"""Stands for a secret that was not read."""
_URL = "sasl.oauthbearer.token.endpoint.url"


def login_with_unread_secret(properties: Mapping[str, str]) -> Login | None:
    """By the mechanism the properties name; None where it needs no secret."""
    mechanism = named(properties)
    if mechanism in PASSWORDS:
        return Sasl(mechanism, "", UNREAD)
    if mechanism != "OAUTHBEARER":
        return None
    url = properties.get(_URL)
    return FixedToken(UNREAD) if url is None else ClientCredentials(url, "", UNREAD)
