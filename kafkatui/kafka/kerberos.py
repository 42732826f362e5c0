"""Logging in by GSSAPI (RFC 4752), with a ticket or a keytab. The library that speaks Kerberos is an extra."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Generator
from typing import Any

from kafkatui.model.connection import Kerberos
from kafkatui.model.problems import Problem

_NO_SECURITY_LAYER = 1
"""Kafka protects nothing by Kerberos beyond the login; that is up to TLS."""


class NoTicket(Exception):
    """Kerberos gives no ticket; `problem` says why in one sentence."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def library() -> Any:
    """The package gssapi. Raises `NoTicket` where it is not there."""
    try:
        import gssapi
    except ImportError as error:
        # Also where the machine has the package, but not the C library below it.
        needed = "GSSAPI needs one more package, and Kerberos on this machine: pip install 'kafkatui[gssapi]'"
        raise NoTicket(Problem("no_ticket", needed)) from error
    return gssapi


class KerberosAuthenticator:
    """The client's side of the exchange; Kerberos is asked in a thread, because it waits for its server."""

    def __init__(self, login: Kerberos, host: str) -> None:
        self._library = library()
        self._steps = self._exchange(login, host)

    async def step(self, answer: bytes | None) -> tuple[bytes, bool] | None:
        """What to send next; None at the end. Raises `NoTicket`."""
        try:
            return await asyncio.to_thread(self._next, answer)
        except self._library.exceptions.GSSError as error:
            raise NoTicket(Problem("no_ticket", f"Kerberos: {' '.join(str(error).split())}")) from error

    def _next(self, answer: bytes | None) -> tuple[bytes, bool] | None:
        try:
            return self._steps.send(answer)
        except StopIteration:
            return None

    def _exchange(self, login: Kerberos, host: str) -> Generator[tuple[bytes, bool], bytes | None, None]:
        gssapi = self._library
        target = gssapi.Name(f"{login.service}@{host}", gssapi.NameType.hostbased_service)
        context = gssapi.SecurityContext(
            name=target.canonicalize(gssapi.MechType.kerberos), creds=self._credentials(login), usage="initiate"
        )
        answer = None
        while not context.complete:
            answer = yield context.step(answer) or b"", True
        if not answer:
            answer = yield b"", True
        layers, size = struct.unpack(">B3s", context.unwrap(answer).message[:4])
        del size
        yield context.wrap(struct.pack(">B3s", layers & _NO_SECURITY_LAYER, b"\0\0\0"), False).message, True

    def _credentials(self, login: Kerberos) -> Any:
        if login.principal is None and login.keytab is None:
            return None
        gssapi = self._library
        name = None if login.principal is None else gssapi.Name(login.principal, gssapi.NameType.kerberos_principal)
        if login.keytab is None:
            return gssapi.Credentials(name=name, usage="initiate")
        # Of its own: the tickets of the user stay as they are.
        store = {"client_keytab": login.keytab, "ccache": "MEMORY:kafkatui"}
        return gssapi.Credentials(name=name, usage="initiate", store=store)
