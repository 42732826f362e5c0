"""What verifies a broker and proves who we are, from PEM files. Which files is decided in `config`."""

from __future__ import annotations

import ssl
from pathlib import Path

from kafkatui.model.connection import Tls
from kafkatui.model.problems import Problem


class BadFile(Exception):
    """A file of no use; `problem` says which and why."""

    def __init__(self, name: str | None, why: str) -> None:
        self.problem = Problem("bad_certificate", f"TLS: {name} {why}")
        super().__init__(self.problem.text)


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Of TLS 1.2 and newer, verifying unless told otherwise. Raises `BadFile`."""
    context = _trusting(tls)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = not tls.any_name
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate is not None:
        _prove(context, tls, tls.certificate)
    return context


def _trusting(tls: Tls) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=tls.ca)
    except ssl.SSLError as error:
        raise BadFile(tls.ca, "is no PEM file with certificates") from error
    except OSError as error:
        raise BadFile(tls.ca, f"can not be read ({error.strerror})") from error


def _prove(context: ssl.SSLContext, tls: Tls, certificate: str) -> None:
    """A callback for the password in any case: without one, OpenSSL asks on the terminal, in the middle of a screen."""
    asked: list[None] = []

    def password() -> str:
        asked.append(None)
        return tls.key_password or ""

    try:
        context.load_cert_chain(certificate, tls.key, password)
    except ssl.SSLError as error:
        key = tls.key or certificate
        if asked:
            why = "is encrypted and needs a key_password" if not tls.key_password else "does not open with its password"
            raise BadFile(key, why) from error
        if error.reason == "KEY_VALUES_MISMATCH":
            raise BadFile(key, f"is not the key of the certificate {certificate}") from error
        raise BadFile(certificate, "does not hold a certificate and its key as PEM") from error
    except OSError as error:
        missing = certificate if not Path(certificate).exists() else tls.key
        raise BadFile(missing, f"can not be read ({error.strerror})") from error
