"""Logging in by GSSAPI (RFC 4752), with a ticket or a keytab. The library that speaks Kerberos is an extra."""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import Generator
from typing import Any

from aiokafka.errors import KafkaError

from kafkatui.kafka.aiokafka_connection import AIOKafkaConnection
from kafkatui.model.connection import Kerberos
from kafkatui.model.problems import Problem
from kafkatui.own_thread import on_its_own_thread
from kafkatui.safe_text import safe_text, shorten

KDC_SECONDS = 3.0
"""Bound for one step, below the one for a whole login: Kerberos's own for a silent server is half a minute."""
_NO_SECURITY_LAYER = 1
"""Kafka protects nothing by Kerberos beyond the login; that is up to TLS."""
_EXPIRED = 2529638944
"""KRB5KRB_AP_ERR_TKT_EXPIRED of MIT's library."""
_MOST_WORDS = 200


class NoTicket(KafkaError):  # type: ignore[misc]
    """Kerberos gives no ticket; `problem` says why in one sentence.

    An error of Kafka, because aiokafka's own clients log in, too, and live on only after those.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def library() -> Any:
    """The package gssapi. Raises `NoTicket` where it is not there."""
    try:
        import gssapi
    except ImportError as error:
        # Also where the machine has the package, but not the C library below it.
        raise _no_ticket("GSSAPI needs one more package, and Kerberos: pip install 'kafkatui[gssapi]'") from error
    return gssapi


class KerberosAuthenticator:
    """The client's side of the exchange; Kerberos is asked in a thread, because it waits for its server."""

    def __init__(self, login: Kerberos, host: str) -> None:
        self._library = library()
        self._login = login
        self._steps = self._exchange(host)

    async def step(self, answer: bytes | None) -> tuple[bytes, bool] | None:
        """What to send next; None at the end. Raises `NoTicket`."""
        try:
            async with asyncio.timeout(KDC_SECONDS):
                return await on_its_own_thread(lambda: self._next(answer), "kerberos")
        except TimeoutError:
            raise _no_ticket(f"Kerberos: its server does not answer within {KDC_SECONDS:g} s") from None

    def _next(self, answer: bytes | None) -> tuple[bytes, bool] | None:
        try:
            return self._steps.send(answer)
        except StopIteration:
            return None
        except self._library.exceptions.GSSError as error:
            # Here, because the library keeps the names in its words for each thread.
            raise _no_ticket(f"Kerberos: {self._words(error)}") from error
        except struct.error as error:
            raise _no_ticket("Kerberos: the broker's last answer is too short") from error

    def _exchange(self, host: str) -> Generator[tuple[bytes, bool], bytes | None, None]:
        gssapi = self._library
        target = gssapi.Name(f"{self._login.service}@{host}", gssapi.NameType.hostbased_service)
        context = gssapi.SecurityContext(
            name=target.canonicalize(gssapi.MechType.kerberos), creds=self._credentials(), usage="initiate"
        )
        answer = None
        while not context.complete:
            answer = yield context.step(answer) or b"", True
        if not answer:
            answer = yield b"", True
        (layers,) = struct.unpack(">B3x", context.unwrap(answer or b"").message[:4])
        yield context.wrap(struct.pack(">B3x", layers & _NO_SECURITY_LAYER), False).message, True

    def _credentials(self) -> Any:
        """None: those of the user."""
        login, gssapi = self._login, self._library
        if login.principal is None and login.keytab is None:
            return None
        name = None if login.principal is None else gssapi.Name(login.principal, gssapi.NameType.kerberos_principal)
        if login.keytab is None:
            return gssapi.Credentials(name=name, usage="initiate")
        # Of its own, for each who logs in: the tickets of the user stay as they are.
        store = {"client_keytab": login.keytab, "ccache": f"MEMORY:kafkatui {login.principal} {login.keytab}"}
        try:
            return gssapi.Credentials(name=name, usage="initiate", store=store)
        except gssapi.exceptions.MissingCredentialsError:
            # It says that there is no ticket; looked at as a server's, what is wrong with the file is told.
            gssapi.Credentials(name=name, usage="accept", store={"keytab": login.keytab})
            raise

    def _words(self, error: Any) -> str:
        """Of what failed below GSSAPI, which has only general words for it."""
        told = error.get_all_statuses(error.min_code, False) if error.min_code else [str(error)]
        words = shorten(safe_text(" ".join(" ".join(told).split())), _MOST_WORDS)
        is_missing = isinstance(error, self._library.exceptions.MissingCredentialsError) or error.min_code == _EXPIRED
        return f"{words}; kinit gets a ticket" if is_missing and self._login.keytab is None else words


def _no_ticket(why: str) -> NoTicket:
    return NoTicket(Problem("no_ticket", why))


def of_connection(connection: Any) -> KerberosAuthenticator:
    """For a connection of aiokafka's own clients, which hand on what `logins.options` gave them."""
    return KerberosAuthenticator(connection._sasl_oauth_token_provider, connection._host)


# aiokafka has no option for it: it knows the ticket of the user alone, and blocks the loop while Kerberos waits.
AIOKafkaConnection.authenticator_gssapi = of_connection
# All it asks of the package then is to be there, and `library` says in words if it is not.
sys.modules[AIOKafkaConnection.__module__].gssapi = library  # type: ignore[attr-defined]
