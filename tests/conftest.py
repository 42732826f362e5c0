"""What every test may ask for: a place of its own for state, and the one real cluster of the test run."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from kafkatui.minicluster import cluster, engine_java, layout
from kafkatui.minicluster import registry as schema_registries
from kafkatui.minicluster.properties import server_properties

if TYPE_CHECKING:
    from xdist.remote import Producer

    from tests.dealing import ByFile


# What it keeps for itself lies beside no source.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "kafkatui-hypothesis")
hypothesis.settings.register_profile(
    # A machine with other things to do is no failure.
    "seeded", deadline=None, database=None, max_examples=80, print_blob=False,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)  # fmt: skip
hypothesis.settings.register_profile("tests", hypothesis.settings.get_profile("seeded"), derandomize=True)


def pytest_configure(config: pytest.Config) -> None:
    """The same examples in every run: others are looked for by `python -m dev.fuzz`, and with `--hypothesis-seed=N`."""
    hypothesis.settings.load_profile("tests" if config.getoption("hypothesis_seed") is None else "seeded")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-pictures", action="store_true", help="accept the screens as they look now")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    # A single test needs none of it.
    from tests.dealing import ByFile

    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """A shell ignores Ctrl-C for what it starts in the background, and nohup the end of a terminal.

    A process started by such a one would, too.
    """
    interrupted = signal.signal(signal.SIGINT, signal.default_int_handler)
    hung_up = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGHUP, hung_up)


LEADERS_STAY = "auto.leader.rebalance.enable=false\nbroker.session.timeout.ms=9000\n"
"""No test of the shared cluster ends a broker: where leaders move, a test moved them, not a clock or a busy machine."""


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Where this variable is set, as in many containers, each process that a test starts would compile all of ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_size_but_the_terminals() -> Iterator[None]:
    """A process of `pytest -n` is told that its terminal has 80 columns, and would tell it to what the tests start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        patch.delenv("LINES", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _ports_of_its_own() -> Iterator[None]:
    """Of two processes that run tests at once, none may take the port of a broker that the other has killed."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "_SEARCHED", layout._SEARCHED[worker % 2 :: 2])
        yield


@pytest.fixture(scope="session", autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`XDG_STATE_HOME` of the test run: no test sees or touches the mini-cluster of the person who runs it."""
    place = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(place))
        yield place


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # Of handlers of the tests' own servers that are ended in the middle it complains, too.
        if "never retrieved" in (said := self.format(record)):
            self.said.append(said)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[list[str]]:
    """Exceptions of tasks and futures that were never retrieved: there is none in any test."""
    heard, logger = _Heard(), logging.getLogger("asyncio")
    logger.addHandler(heard)
    yield heard.said
    logger.removeHandler(heard)
    assert heard.said == []


@pytest.fixture(scope="session")
def mini_cluster(state_home: Path) -> Iterator[cluster.Status]:
    """Three real brokers, started when first asked for and ended with the test run; `.bootstrap` is their address.

    Every test shares them: make topics and groups of your own, and leave every broker running.
    """
    home = state_home / "kafkatui" / "dev"
    # A test run that is ended from outside unwinds as with Ctrl-C, or the brokers would outlive it.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine_java, "server_properties", lambda *of: server_properties(*of) + LEADERS_STAY)
            status = cluster.up(3, "java", home=home)
        yield status
    finally:
        cluster.down(home)
        signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def schema_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real schema registry, started when first asked for and ended with the test run.

    Every test shares it: use subjects of your own, and leave it running.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    running = schema_registries.start(tmp_path_factory.mktemp("registry"))
    try:
        yield running.url
    finally:
        running.end()
        signal.signal(signal.SIGTERM, before)
