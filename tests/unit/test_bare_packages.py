"""A library's package is there without what its `__init__` loads, until somebody asks for a name of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

RUN = """
import sys
from kafkatui.kafka.bare_packages import make_bare
make_bare("email")
make_bare("sys")
make_bare("no_such_package")
import email.errors
print("email.header" in sys.modules, email.errors.MessageError.__name__)
from email import message_from_string
print(message_from_string("a: b")["a"], hasattr(email, "nothing"))
"""


def test_a_package_runs_when_a_name_of_it_is_asked_for() -> None:
    ran = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "MessageError", "b", "False"]


@pytest.mark.parametrize(
    "first", ["client", "cluster", "admin", "producer.message_accumulator", "record.default_records", "partitioner"]
)
def test_whichever_module_comes_first_the_rest_can_be_loaded(first: str) -> None:
    code = f"import kafkatui.kafka, aiokafka.{first}; from aiokafka import AIOKafkaProducer, AIOKafkaConsumer; "
    code += "import aiokafka; print(aiokafka.__version__ > '0', AIOKafkaProducer.__name__)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "AIOKafkaProducer"]


def test_reading_loads_no_producer_and_no_package_metadata() -> None:
    code = "import sys, kafkatui.kafka.scan; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert {"aiokafka.conn", "crc32c._crc32c"} <= loaded
    assert not loaded & {"aiokafka.producer", "aiokafka.consumer", "aiokafka.client", "importlib.metadata"}
