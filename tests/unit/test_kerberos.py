"""Logging in by GSSAPI without the library; with it, and a real Kerberos server, it is in tests/kafka."""

from __future__ import annotations

import sys

import pytest

from kafkatui.kafka.kerberos import KerberosAuthenticator, NoTicket
from kafkatui.model.connection import Kerberos


def test_without_the_library_it_says_which_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gssapi", None)
    with pytest.raises(NoTicket) as caught:
        KerberosAuthenticator(Kerberos(), "localhost")
    needed = "GSSAPI needs one more package, and Kerberos: pip install 'kafkatui[gssapi]'"
    assert caught.value.problem.text == needed
