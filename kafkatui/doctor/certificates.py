"""Certificates, the broker's and our own: how long they last, and what a handshake that must be refused means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kafkatui.doctor.step import Outcome, Part, Step, named
from kafkatui.model.counted import counted
from kafkatui.model.probes import Certificate, Secured
from kafkatui.model.problems import Problem
from kafkatui.safe_text import shorten

SOON = 30
"""Days before its end from which on a certificate is warned of."""
_DAY = 86_400
_LONGEST = 120
"""Characters of a name: whoever answers may show a longer one."""

_VERIFY_ADVICE = (
    ("expired", "Renew the broker's certificate."),
    ("not yet valid", "Compare the clocks of this machine and the broker's: the certificate begins in the future."),
    ("mismatch", "Use a name the certificate has, or give the broker a certificate with this name in it."),
    ("not valid for", "Use a name the certificate has, or give the broker a certificate with this name in it."),
    (
        "self-signed",
        "If it is the one you mean, name it, or the CA that signed it, as tls.ca (ssl.truststore.location).",
    ),
    ("issuer", "Name the file of the CA that signed it as tls.ca (ssl.truststore.location)."),
)


def days_left(certificate: Certificate, now: float) -> int:
    """Whole days; less than none once it has expired."""
    return int((certificate.not_after - now) // _DAY)


def tls(found: Secured | Problem, now: float, about: str, *, insecure: bool = False) -> Step:
    """A handshake in one sentence. `now` is epoch seconds."""
    if isinstance(found, Problem):
        return Step(Part.CONNECTION, "tls", Outcome.FAILED, found.text, about, advice=_tls_advice(found))
    certificate, facts = found.certificate, _facts(found, now)
    shown = f"; it shows {_words(certificate, now)}" if certificate is not None else ""
    if found.problem is not None:
        text = f"the certificate is not trusted: {found.problem.text}{shown}"
        advice = next((advice for word, advice in _VERIFY_ADVICE if word in found.problem.text), "")
        return Step(Part.CONNECTION, "tls", Outcome.FAILED, text, about, advice=advice, facts=facts)
    how = "not verified" if insecure else "verified"
    text = f"{found.version}, {found.cipher}{shown}, {how}"
    outcome, advice = _lasting(certificate, now, "the broker's certificate")
    if insecure and outcome is Outcome.OK:
        outcome, advice = Outcome.WARNING, "Name the CA's file (tls.ca) and take insecure out of the context."
    return Step(Part.CONNECTION, "tls", outcome, text, about, advice=advice, facts=facts)


def _tls_advice(problem: Problem) -> str:
    if problem.code == "bad_certificate":
        return "Correct the files of the context's tls table: they have to be PEM."
    if "plain text" in problem.text:
        return "Use the port of a TLS listener, or set the connection to plain text (PLAINTEXT, SASL_PLAINTEXT)."
    if "client certificate" in problem.text:
        return "Set certificate and key in the context's tls table, signed by a CA that the broker trusts."
    return ""


def client_certificate(found: Certificate | Problem, now: float) -> Step:
    """Our own."""
    name = "client_certificate"
    if isinstance(found, Problem):
        advice = "Correct the files of the context's tls table: they have to be PEM."
        return Step(Part.CONNECTION, name, Outcome.FAILED, found.text, advice=advice)
    outcome, advice = _lasting(found, now, "the client certificate")
    if days_left(found, now) < 0:
        outcome = Outcome.FAILED
    return Step(Part.CONNECTION, name, outcome, _words(found, now), advice=advice, facts=document(found, now))


def _lasting(certificate: Certificate | None, now: float, whose: str) -> tuple[Outcome, str]:
    if certificate is None or days_left(certificate, now) >= SOON:
        return Outcome.OK, ""
    return Outcome.WARNING, f"Renew {whose} before {_date(certificate.not_after)}."


def _words(certificate: Certificate, now: float) -> str:
    names = f" for {named(certificate.names)}" if certificate.names else ""
    by = "self-signed" if certificate.is_self_signed else f"signed by {shorten(certificate.issuer, _LONGEST)}"
    return f"{shorten(certificate.subject, _LONGEST) or 'no subject'}{names}, {by}, {_validity(certificate, now)}"


def _validity(certificate: Certificate, now: float) -> str:
    if now < certificate.not_before:
        return f"not valid before {_date(certificate.not_before)}"
    left = days_left(certificate, now)
    if left < 0:
        return f"expired on {_date(certificate.not_after)}"
    return f"{counted(left, 'day')} left"


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _facts(found: Secured, now: float) -> dict[str, Any]:
    return {
        "version": found.version,
        "cipher": found.cipher,
        "trusted": found.problem is None,
        "certificate": None if found.certificate is None else document(found.certificate, now),
    }


def document(certificate: Certificate, now: float) -> dict[str, Any]:
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": list(certificate.names),
        "not_before": datetime.fromtimestamp(certificate.not_before, UTC).isoformat(),
        "not_after": datetime.fromtimestamp(certificate.not_after, UTC).isoformat(),
        "days_left": days_left(certificate, now),
    }
