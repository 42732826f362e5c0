"""A library's package is there without what its `__init__` loads, until somebody asks for a name of it."""

from __future__ import annotations

import subprocess
import sys

RUN = """
import sys
from kafkatui.kafka.bare_packages import make_bare
make_bare("email", "sys", "no_such_package")
import email.errors
print("email.header" in sys.modules, email.errors.MessageError.__name__)
from email import message_from_string
print(message_from_string("a: b")["a"], hasattr(email, "nothing"))
"""


def test_a_package_runs_when_a_name_of_it_is_asked_for() -> None:
    ran = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "MessageError", "b", "False"]


def test_reading_loads_no_package_metadata() -> None:
    code = "import sys, kafkatui.kafka.scan; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "crc32c._crc32c" in loaded
    assert not loaded & {"crc32c._cli", "importlib.metadata"}
