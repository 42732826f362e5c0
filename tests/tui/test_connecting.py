"""Stories about getting to a cluster and from one to another: the form, the contexts, what is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from kafkatui.config.errors import ConfigError
from kafkatui.config.listing import Listed
from kafkatui.history.recording import Recorder
from kafkatui.model import moments
from kafkatui.model.connection import Connection, Sasl, Tls
from kafkatui.model.errors import Unreachable
from kafkatui.model.problems import Problem
from kafkatui.model.snapshot import NOTHING, Snapshot
from kafkatui.monitor import Monitor
from kafkatui.tui.app import KafkaTui
from kafkatui.tui.messages import Read, SwitchTo
from kafkatui.tui.screens.contexts import ContextsScreen
from kafkatui.tui.screens.goto import GoToScreen
from kafkatui.tui.screens.overview import OverviewScreen
from kafkatui.tui.screens.start import StartScreen
from kafkatui.tui.widgets.connect_form import ConnectForm
from tests.builders import AT, a_group, a_snapshot, a_topic, an_order_system
from tests.fake_letters import some_letters
from tests.fake_records import FakeRecords, some_orders
from tests.fake_replays import FakeReplays
from tests.tui.conftest import LooksLike, text_of, the_table, until

WIDE, NARROW = (160, 45), (80, 24)
DEV = Connection(("dev:9092",), context="dev", read_only=False, color="green")
PROD = Connection(("b1:9092",), context="prod", production=True, color="red", time_zone="Asia/Tokyo")
REFUSED = Problem("refused", "nothing listens at b1:9092")
OLD = a_snapshot(topics=[a_topic("secret.of.dev")], groups=[a_group("readers-of-dev")], cluster_id="id-of-dev")
NEW = a_snapshot(topics=[a_topic("orders.of.prod")], groups=[], cluster_id="id-of-prod")


class FakeContexts:
    """Those of a test, as the files would have them at that moment."""

    def __init__(self, *connections: Connection) -> None:
        self.connections = {each.context or "": each for each in connections}
        self.changes: dict[str, dict[str, Any]] = {}
        """What is listed otherwise."""
        self.wrong = ""
        self.saved: list[tuple[str, Mapping[str, Any]]] = []
        self.variables = {"KAFKA_PASSWORD": "of-a-variable"}

    def listed(self) -> Sequence[Listed]:
        if self.wrong:
            raise ConfigError(self.wrong)
        return [self._listed(name, each) for name, each in sorted(self.connections.items())]

    def _listed(self, name: str, each: Connection) -> Listed:
        insecure = each.tls is not None and each.tls.insecure
        found = Listed(name, ",".join(each.bootstrap), each.color, each.read_only, each.production, insecure)
        return replace(found, **self.changes.get(name, {}))

    def connection(self, name: str) -> Connection:
        problem = self.changes.get(name, {}).get("problem")
        if problem:
            raise ConfigError(problem)
        return self.connections[name]

    def variable(self, name: str) -> str:
        if name not in self.variables:
            raise ConfigError(f"the environment variable {name} is not set")
        return self.variables[name]

    def check_name(self, name: str) -> None:
        if name in self.connections:
            raise ConfigError(f"there is a context {name} already")

    def save(self, name: str, table: Mapping[str, Any]) -> str:
        self.saved.append((name, table))
        return "config.toml"


class Clusters:
    """The monitors of clusters by their first address, and what was opened of them."""

    def __init__(self) -> None:
        self.snapshots: dict[str, asyncio.Queue[Snapshot | Exception]] = {}
        self.opened: list[Connection] = []
        self.closed: list[str] = []
        self.readers: list[str] = []
        """Of whom records are read, and no longer once it is closed."""

    def of(self, address: str) -> asyncio.Queue[Snapshot | Exception]:
        return self.snapshots.setdefault(address, asyncio.Queue())

    @asynccontextmanager
    async def open(self, connection: Connection) -> AsyncIterator[Monitor]:
        self.opened.append(connection)
        try:
            yield cast(Monitor, Watched(self.of(connection.bootstrap[0])))
        finally:
            self.closed.append(connection.bootstrap[0])

    @asynccontextmanager
    async def read(self, connection: Connection) -> AsyncIterator[FakeRecords]:
        self.readers.append(connection.bootstrap[0])
        yield FakeRecords(some_orders(60, "secret.of.dev"))
        self.readers.remove(connection.bootstrap[0])


class Watched:
    paused = False

    def __init__(self, snapshots: asyncio.Queue[Snapshot | Exception]) -> None:
        self._snapshots = snapshots

    def look_at(self, groups: object) -> None:
        """Nothing is read."""

    def wake(self) -> None:
        """Nothing is read."""

    async def watch(self) -> AsyncIterator[Snapshot]:
        while True:
            found = await self._snapshots.get()
            if isinstance(found, Exception):
                raise found
            yield found


@pytest.fixture(autouse=True)
def _zone() -> Iterator[None]:
    yield
    moments.tell_in(None)


def an_app(
    clusters: Clusters,
    contexts: FakeContexts | None,
    connection: Connection | None = DEV,
    recorder: Recorder | None = None,
    replays: FakeReplays | None = None,
) -> KafkaTui:
    return KafkaTui(
        connection,
        clusters.open,
        open_records=clusters.read,
        open_replays=replays,
        open_letters=some_letters(),
        contexts=contexts,
        recorder=recorder,
        clock=lambda: AT + 1,
    )


async def shown(pilot: Pilot[int], clusters: Clusters, connection: Connection, snapshot: Snapshot) -> None:
    """Let a cluster answer, and wait for its overview."""
    clusters.of(connection.bootstrap[0]).put_nowait(snapshot)
    await until(pilot, lambda: pilot.app.snapshot is snapshot)  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(pilot.app.screen, OverviewScreen))


# From one cluster to another


@pytest.mark.parametrize("typed", ["context prod", "ctx prod", "ctx pr"])
async def test_context_and_a_name_goes_there(typed: str) -> None:
    clusters = Clusters()
    app = an_app(clusters, FakeContexts(DEV, PROD))
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, clusters, DEV, OLD)
        await pilot.press("colon", *typed)
        assert isinstance(app.screen, GoToScreen)
        assert "production   read-only" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        await until(pilot, lambda: "connecting to b1:9092" in text_of(app))
        await shown(pilot, clusters, PROD, NEW)
        line = text_of(app).splitlines()[0]
        assert "prod" in line
        assert "PRODUCTION" in line
        assert "read-only" in line
    assert [each.context for each in clusters.opened] == ["dev", "prod"]
    assert clusters.closed == ["dev:9092", "b1:9092"]


async def test_the_name_of_a_context_alone_leads_nowhere() -> None:
    clusters = Clusters()
    app = an_app(clusters, FakeContexts(DEV, PROD))
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, clusters, DEV, OLD)
        await pilot.press("colon", *"prod", "enter")
        await pilot.pause()
    assert [each.context for each in clusters.opened] == ["dev"]


async def test_the_list_says_what_each_context_is() -> None:
    clusters, contexts = Clusters(), FakeContexts(DEV, PROD, replace(PROD, context="edge", tls=Tls(insecure=True)))
    contexts.changes["asks"] = {"needs_terminal": True}
    contexts.connections["asks"] = replace(DEV, context="asks")
    contexts.changes["broken"] = {"problem": "config.toml line 7: tls.ca must be a text", "bootstrap": ""}
    contexts.connections["broken"] = replace(DEV, context="broken")
    app = an_app(clusters, contexts)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, clusters, DEV, OLD)
        await pilot.press("colon", *"ctx", "enter")
        await until(pilot, lambda: isinstance(app.screen, ContextsScreen))
        lines = {words[0]: line for line in text_of(app).splitlines() if (words := line.strip("│ ▸").split())}
        assert "dev:9092" in lines["dev"]
        assert "PRODUCTION" not in lines["dev"]
        assert "read-only" not in lines["dev"]
        assert "PRODUCTION" in lines["prod"]
        assert "read-only" in lines["prod"]
        assert "TLS NOT VERIFIED" in lines["edge"]
        assert "asks at the terminal" in lines["asks"]
        assert "✖ config.toml line 7: tls.ca must be a text" in lines["broken"]
        # One that can not be used says why, and one stays where one is.
        await pilot.press("k", "enter")
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
        await until(pilot, lambda: "config.toml line 7" in text_of(app))
    assert clusters.opened == [DEV]


async def test_a_file_that_is_wrong_says_so_wherever_contexts_are_asked_for() -> None:
    clusters, contexts = Clusters(), FakeContexts(DEV, PROD)
    app = an_app(clusters, contexts)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, clusters, DEV, OLD)
        contexts.wrong = "config.toml: Expected '=' after a key (at line 3, column 5)"
        await pilot.press("colon", *"ctx prod")
        assert contexts.wrong in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ContextsScreen))
        assert contexts.wrong in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, OverviewScreen))
    assert clusters.opened == [DEV]


async def test_nothing_of_the_cluster_before_is_seen_or_acted_upon_afterwards() -> None:
    clusters, replays = Clusters(), FakeReplays()
    recorder = cast(Recorder, Recording())
    app = an_app(clusters, FakeContexts(DEV, PROD), recorder=recorder, replays=replays)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, clusters, DEV, OLD)
        # Stand in every place of it, with a filter, with records, with a mark, in the past.
        await pilot.press("2", "slash", *"secret", "enter", "enter", "3", "7", "8", "5")
        await until(pilot, lambda: "payments-dlt" in text_of(app))
        app.post_message(Read(("secret.of.dev",)))
        await until(pilot, lambda: "loaded" in text_of(app))
        await pilot.press("space", "slash", *"o-17", "enter")
        assert clusters.readers == ["dev:9092"]
        assert app._session.ring.moments
        await pilot.press("1", "p")
        app.post_message(SwitchTo("prod"))
        await until(pilot, lambda: clusters.readers == [] and "dev:9092" in clusters.closed)
        assert app.snapshot is NOTHING
        # A reading of it that comes too late is not taken.
        clusters.of("dev:9092").put_nowait(OLD)
        await shown(pilot, clusters, PROD, NEW)
        assert "the recording has ended: it is of the cluster before" in text_of(app)
        for key in ("1", "2", "3", "4", "5", "6", "7", "8"):
            await pilot.press(key)
            await pilot.pause()
            seen = text_of(app)
            assert "dev" not in seen.replace("kafkatui dev up", ""), (key, seen)
            assert "secret" not in seen
            assert "paused" not in seen
        await pilot.press("2")
        assert the_table(app).filter == ""
        assert "orders.of.prod" in text_of(app)
        await pilot.press("left_square_bracket")
        assert "id-of-dev" not in text_of(app)
        await pilot.press("colon", *"secret")
        assert "nothing has these letters" in text_of(app)
        assert list(app._histories) == []
        assert len(app._session.ring.moments) == 1
        assert app._session.recorder is None
    assert recorder.closed  # type: ignore[attr-defined]


class Recording:
    """Takes what is recorded."""

    closed = False

    def write(self, frame: object, cluster_id: str | None) -> None:
        assert cluster_id == "id-of-dev"

    def close(self) -> None:
        self.closed = True


async def test_a_replay_that_runs_keeps_its_cluster() -> None:
    clusters, replays = Clusters(), FakeReplays()
    app = an_app(clusters, FakeContexts(DEV, PROD), replays=replays)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, clusters, DEV, replace(an_order_system(), cluster_id=None))
        app.post_message(Read(("secret.of.dev",)))
        await until(pilot, lambda: "loaded" in text_of(app))
        await pilot.press("R", *"payments", "enter")
        await until(pilot, lambda: "the same:" in text_of(app))
        await pilot.press("y", *"payments", "enter")
        await until(pilot, lambda: bool(replays.opened))
        await pilot.press("escape", "j", "enter")
        await pilot.press("colon", *"ctx prod", "enter")
        await until(pilot, lambda: "a replay runs here" in text_of(app))
        assert "stop it in 6 Jobs" in text_of(app)
    assert [each.context for each in clusters.opened] == ["dev"]


async def test_one_that_can_not_be_reached_says_why_and_one_goes_back() -> None:
    clusters = Clusters()
    app = an_app(clusters, FakeContexts(DEV, PROD))
    async with app.run_test(size=NARROW) as pilot:
        await shown(pilot, clusters, DEV, OLD)
        await pilot.press("colon", *"ctx prod", "enter")
        clusters.of("b1:9092").put_nowait(replace(NOTHING, problems=(REFUSED,)))
        await until(pilot, lambda: "nothing listens at b1:9092" in text_of(app))
        assert "context prod" in text_of(app)
        assert "esc back to dev" in text_of(app)
        # Once more, with all that its context says: enter does not make a bare address of it.
        await pilot.press("enter")
        await until(pilot, lambda: len(clusters.opened) == 3)
        clusters.of("b1:9092").put_nowait(Unreachable(REFUSED))
        await until(pilot, lambda: "✖ nothing listens" in text_of(app))
        await pilot.press("escape")
        await shown(pilot, clusters, DEV, OLD)
    assert clusters.opened == [DEV, PROD, PROD, DEV]


async def test_another_cluster_than_the_pinned_one_is_refused() -> None:
    clusters, pinned = Clusters(), replace(PROD, cluster_id="id-of-prod")
    app = an_app(clusters, FakeContexts(DEV, pinned))
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, clusters, DEV, OLD)
        app.post_message(SwitchTo("prod"))
        clusters.of("b1:9092").put_nowait(replace(NEW, cluster_id="id-of-another"))
        await until(pilot, lambda: "expects the cluster id-of-prod, but this is id-of-another" in text_of(app))
        assert isinstance(app.screen, StartScreen)
        assert app.snapshot is NOTHING


async def test_the_terminal_is_given_away_while_a_context_asks_for_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    clusters, contexts = Clusters(), FakeContexts(DEV, PROD)
    contexts.changes["prod"] = {"needs_terminal": True}
    away: list[str] = []

    @contextmanager
    def given_away() -> Iterator[None]:
        away.append("away")
        yield
        away.append("back")

    app = an_app(clusters, contexts)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, clusters, DEV, OLD)
        app.post_message(SwitchTo("prod"))
        await until(pilot, lambda: "context prod asks for a secret at the terminal" in text_of(app))
        monkeypatch.setattr(app, "suspend", given_away)
        app.post_message(SwitchTo("prod"))
        await shown(pilot, clusters, PROD, NEW)
    assert away == ["away", "back"]


async def test_moments_are_told_in_the_zone_of_the_context() -> None:
    clusters = Clusters()
    app = an_app(clusters, FakeContexts(DEV, PROD))
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, clusters, DEV, OLD)
        app.post_message(Read(("secret.of.dev",)))
        await until(pilot, lambda: "loaded" in text_of(app))
        assert "time UTC" in text_of(app)
        before = text_of(app)
        app.post_message(SwitchTo("prod"))
        await shown(pilot, clusters, PROD, NEW)
        app.post_message(Read(("secret.of.dev",)))
        await until(pilot, lambda: "loaded" in text_of(app))
        assert "time JST" in text_of(app)
        assert text_of(app) != before
        await pilot.press("at", *"@2026-11-25T00:00:00", "enter")
        await until(pilot, lambda: "2026-11-25 00:00:00 JST" in text_of(app))


# The form


async def fill(pilot: Pilot[int], **values: str) -> ConnectForm:
    form = pilot.app.screen.query_one(ConnectForm)
    form.fill(replace(form.draft, **values))
    await pilot.pause()
    return form


async def test_a_cluster_with_tls_and_a_login_is_typed_and_kept_without_its_password() -> None:
    clusters, contexts = Clusters(), FakeContexts()
    app = an_app(clusters, contexts, None)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press(*"b1,b2:9093", "tab", "right", "tab", *"/etc/ca.pem", "tab", "right", "right", "right")
        await pilot.press("tab", *"ops", "tab", "tab", *"hush-hush", "tab", *"prod")
        assert "hush" not in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: bool(clusters.opened))
        assert not contexts.saved
        await shown(pilot, clusters, clusters.opened[0], NEW)
        await until(pilot, lambda: "kept as context prod in config.toml" in text_of(app))
    sasl = Sasl("SCRAM-SHA-512", "ops", "hush-hush")
    assert clusters.opened == [Connection(("b1:9092", "b2:9093"), "prod", Tls("/etc/ca.pem"), sasl)]
    login = {"mechanism": "SCRAM-SHA-512", "username": "ops", "password_prompt": True}
    assert contexts.saved == [("prod", {"bootstrap": "b1:9092,b2:9093", "tls": {"ca": "/etc/ca.pem"}, "sasl": login})]


async def test_a_password_can_come_from_a_variable() -> None:
    clusters, contexts = Clusters(), FakeContexts()
    app = an_app(clusters, contexts, None)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        names = {"address": "b1", "encryption": "TLS", "login": "PLAIN", "user": "ops"}
        await fill(pilot, **names, source="environment variable", password="NOT_SET", name="prod")
        await pilot.press("enter")
        await until(pilot, lambda: "the environment variable NOT_SET is not set" in text_of(app))
        await fill(pilot, password="KAFKA_PASSWORD")
        await pilot.press("enter")
        await shown(pilot, clusters, Connection(("b1:9092",)), NEW)
    assert clusters.opened[0].sasl == Sasl("PLAIN", "ops", "of-a-variable")
    assert contexts.saved[0][1]["sasl"] == {
        "mechanism": "PLAIN",
        "username": "ops",
        "password_env": "KAFKA_PASSWORD",
    }


async def test_a_password_that_everybody_could_read_is_sent_when_it_is_asked_for_twice() -> None:
    clusters = Clusters()
    app = an_app(clusters, FakeContexts(), None)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await fill(pilot, address="b1", login="PLAIN", user="ops", password="hush")
        await pilot.press("enter")
        await until(pilot, lambda: "everybody on the way can read the password" in text_of(app))
        assert not clusters.opened
        await pilot.press("enter")
        await until(pilot, lambda: bool(clusters.opened))


async def test_a_password_does_not_turn_into_a_word_that_can_be_read() -> None:
    app = an_app(Clusters(), FakeContexts(), None)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        form = await fill(pilot, address="b1", login="PLAIN", user="ops", password="hush")
        form.source.focus()
        await pilot.press("right")
        assert form.draft.password == ""
        assert "hush" not in text_of(app)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"address": ""}, "the address names no broker"),
        ({"address": "b1:x"}, "is not an address"),
        ({"login": "PLAIN"}, "PLAIN needs the name of a user"),
        ({"login": "PLAIN", "user": "ops"}, "PLAIN needs the password of ops"),
        ({"login": "PLAIN", "user": "ops", "source": "environment variable"}, "which environment variable"),
        ({"name": "dev"}, "there is a context dev already"),
    ],
)
async def test_what_is_missing_is_said_and_nothing_is_dialled(values: dict[str, str], why: str) -> None:
    clusters = Clusters()
    app = an_app(clusters, FakeContexts(DEV), None)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await fill(pilot, **{"address": "b1", **values})
        await pilot.press("enter")
        await until(pilot, lambda: why in text_of(app))
    assert not clusters.opened


async def test_what_was_typed_stays_when_the_cluster_can_not_be_reached() -> None:
    clusters, contexts = Clusters(), FakeContexts()
    app = an_app(clusters, contexts, None)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        names = {"address": "b1", "encryption": "TLS", "login": "PLAIN", "user": "ops"}
        form = await fill(pilot, **names, password="hush", name="prod")
        await pilot.press("enter")
        clusters.of("b1:9092").put_nowait(replace(NOTHING, problems=(REFUSED,)))
        await until(pilot, lambda: "✖ nothing listens" in text_of(app))
        assert (form.draft.password, form.draft.name) == ("hush", "prod")
        assert not contexts.saved
        await pilot.press("enter")
        await shown(pilot, clusters, clusters.opened[0], NEW)
    assert len(clusters.opened) == 2
    assert clusters.opened[0] == clusters.opened[1]
    assert [name for name, _ in contexts.saved] == ["prod"]


async def test_without_a_cluster_a_context_can_be_chosen() -> None:
    clusters = Clusters()
    app = an_app(clusters, FakeContexts(DEV, PROD), None)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        app.screen.query_one("#contexts").focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ContextsScreen))
        await pilot.press("j", "enter")
        await shown(pilot, clusters, PROD, NEW)
    assert clusters.opened == [PROD]


# How it looks


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_the_contexts_look_as_accepted(size: tuple[int, int], looks_like: LooksLike) -> None:
    edge = replace(
        PROD, context="edge-of-the-network", color="orange", tls=Tls(insecure=True), bootstrap=("e:1", "f:1")
    )
    contexts = FakeContexts(DEV, PROD, edge, Connection(("t:1",), context="test"))
    clusters = Clusters()
    app = an_app(clusters, contexts)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, clusters, DEV, an_order_system())
        await pilot.press("colon", *"ctx", "enter")
        await until(pilot, lambda: isinstance(app.screen, ContextsScreen))
        await looks_like(pilot, f"contexts-{size[0]}x{size[1]}")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_what_is_dangerous_looks_as_accepted(size: tuple[int, int], looks_like: LooksLike) -> None:
    clusters, edge = Clusters(), replace(PROD, context="payments-production-eu-1", tls=Tls(insecure=True))
    app = an_app(clusters, FakeContexts(edge), edge)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, clusters, edge, an_order_system())
        await looks_like(pilot, f"dangerous-{size[0]}x{size[1]}")
        line = text_of(app).splitlines()[0]
        assert "PRODUCTION" in line
        assert "TLS" in line
        assert "as of" in line


async def test_the_form_looks_as_accepted(looks_like: LooksLike) -> None:
    app = KafkaTui(None, contexts=FakeContexts(DEV), start_mini_cluster=_never, clock=lambda: AT)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        names = {"address": "b1.example:9093", "encryption": "TLS", "login": "SCRAM-SHA-512", "user": "ops"}
        await fill(pilot, **names, password="hush", name="prod")
        app.screen.fail("wrong user or password: b1.example:9093 says so of SCRAM-SHA-512")  # type: ignore[attr-defined]
        await looks_like(pilot, "start-form")


async def _never(tell: object) -> Connection:
    raise AssertionError("nobody asked for it")
