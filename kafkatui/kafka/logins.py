"""Logging in over a connection that stands (KIP-152, KIP-368). Opening it is in `dialling`, tokens are in `tokens`."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, Protocol

from kafkatui.kafka.aiokafka_connection import SaslPlainAuthenticator, ScramAuthenticator
from kafkatui.kafka.kerberos import KerberosAuthenticator
from kafkatui.kafka.tokens import Tokens, tokens_of
from kafkatui.model.connection import Kerberos, Login, Sasl, mechanism_of
from kafkatui.model.problems import Problem
from kafkatui.safe_text import safe_text, shorten

MOST_ITERATIONS = 1_000_000
"""Of a SCRAM password, about half a second of work. A server could ask for two thousand million."""
_MOST_WORDS = 200


class LoginFailed(Exception):
    """The broker does not let us in; `problem` says why in one sentence."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class Authenticator(Protocol):
    """Makes what is sent out of what was answered, until there is nothing more to send."""

    async def step(self, answer: bytes | None) -> tuple[bytes, bool] | None: ...


def options(login: Login) -> dict[str, Any]:
    """What aiokafka's own clients take for it."""
    found: dict[str, Any] = {"sasl_mechanism": mechanism_of(login)}
    if isinstance(login, Sasl):
        found |= {"sasl_plain_username": login.username, "sasl_plain_password": login.password}
    elif isinstance(login, Kerberos):
        # What `kerberos.of_connection` takes it for.
        found |= {"sasl_oauth_token_provider": login}
    else:
        found |= {"sasl_oauth_token_provider": tokens_of(login)}
    return found


def authenticator(login: Login, tokens: Tokens | None, host: str) -> Authenticator:
    """For one login to the broker `host`."""
    loop = asyncio.get_running_loop()
    if isinstance(login, Kerberos):
        return KerberosAuthenticator(login, host)
    found: Authenticator
    if not isinstance(login, Sasl):
        assert tokens is not None, "a login by token has tokens"
        found = BearerAuthenticator(tokens)
    elif login.mechanism == "PLAIN":
        found = SaslPlainAuthenticator(
            loop=loop, sasl_plain_username=login.username, sasl_plain_password=login.password
        )
    else:
        found = BoundedScram(
            loop=loop,
            sasl_plain_username=login.username,
            sasl_plain_password=login.password,
            sasl_mechanism=login.mechanism,
        )
    return found


class BearerAuthenticator:
    """OAUTHBEARER (RFC 7628): a refusal comes as an answer, and only the next one fails, with the reason."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def step(self, answer: bytes | None) -> tuple[bytes, bool] | None:
        """Raises `NoToken`."""
        if answer is None:
            extensions = "".join(f"\x01{name}={value}" for name, value in self._tokens.extensions().items())
            return f"n,,\x01auth=Bearer {await self._tokens.token()}{extensions}\x01\x01".encode(), True
        return (b"\x01", True) if answer else None


class BoundedScram(ScramAuthenticator):  # type: ignore[misc]
    """aiokafka's SCRAM that does not work for a server as long as that likes, and hears what it says (RFC 5802, 7)."""

    def create_salted_password(self, salt: bytes, iterations: int) -> None:
        if not 0 < iterations <= MOST_ITERATIONS:
            raise LoginFailed(Problem("sasl_authentication_failed", f"it asks for {iterations:,} rounds of SCRAM"))
        self._salted_password = hashlib.pbkdf2_hmac(self._hashname, self._sasl_plain_password, salt, iterations)

    def process_server_first_message(self, server_first: str) -> None:
        self._refused(server_first)
        self._parsed(super().process_server_first_message, server_first)

    def process_server_final_message(self, server_final: str) -> None:
        self._refused(server_final)
        self._parsed(super().process_server_final_message, server_final)

    @staticmethod
    def _refused(message: str) -> None:
        if message.startswith("e="):
            said = shorten(safe_text(message[2:]), _MOST_WORDS)
            raise LoginFailed(Problem("sasl_authentication_failed", f"wrong user or password ({said})"))

    @staticmethod
    def _parsed(parse: Any, message: str) -> None:
        try:
            parse(message)
        except (KeyError, ValueError) as error:
            why = "it does not prove that it knows the password" if "signature" in str(error) else "its SCRAM is broken"
            raise LoginFailed(Problem("sasl_authentication_failed", why)) from error


def not_offered(wanted: str, offered: list[str]) -> LoginFailed:
    """The broker knows other mechanisms."""
    others = ", ".join(safe_text(each) for each in sorted(offered)) or "none"
    text = f"it does not offer {wanted}; it offers {others}"
    return LoginFailed(Problem("unsupported_sasl_mechanism", text))


def refused(login: Login, code: int, message: str | None) -> LoginFailed:
    """The broker answered with an error (KIP-152: 58 with its reason)."""
    said = shorten(safe_text(message or ""), _MOST_WORDS)
    if code == 58 and isinstance(login, Sasl):
        return LoginFailed(Problem("sasl_authentication_failed", f"wrong user or password for {_who(login)}"))
    if code == 58:
        return LoginFailed(Problem("sasl_authentication_failed", f"login refused{f': {said}' if said else ''}"))
    return LoginFailed(Problem("sasl_authentication_failed", f"login refused with error {code}{said and f': {said}'}"))


def _who(login: Sasl) -> str:
    return f"{safe_text(login.username)} ({login.mechanism})"
