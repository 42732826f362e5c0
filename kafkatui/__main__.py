"""The one door: a command goes to the command line, none opens the screen. Everything heavy is imported behind it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

TYPE_CHECKING = False
"""As in typing, which takes long enough to import for a Ctrl-C to come in between."""

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import NoReturn

    from kafkatui.doctor.step import Step
    from kafkatui.model.connection import Connection
    from kafkatui.model.records import Place
    from kafkatui.monitor import MonitorBeside
    from kafkatui.reading.records import Records


_COLLECTING = 100_000, 20, 50
"""Starting makes tens of thousands of objects that all stay; with Python's own 700 looking through them again and again
takes an eighth of the time."""
PATIENCE = 2.0
"""Seconds the screen waits for a broker before it shows the rest without it."""


def enter() -> NoReturn:
    """Run the command line as this process, and leave with its exit code.

    Python is not taken apart first: that takes 25-45 ms of each command, for memory that the system takes back anyway.
    """
    code = _guarded()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # whoever wrote to it has said so
            continue
    os._exit(code)


def _guarded() -> int:
    """The exit code, also where a signal comes first or a bug ends it."""
    try:
        from kafkatui.cli.interrupts import code_after, take_over

        take_over()
        from kafkatui.cli import crashed

        crashed.watch()
        return crashed.last(code_after(main()))
    except KeyboardInterrupt:  # while things are still imported; later the command line sees to it
        return 130
    except SystemExit:
        raise
    except BaseException as error:
        from kafkatui.cli import crashed

        return crashed.last(crashed.tell(error))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    gc.set_threshold(*_COLLECTING)
    try:
        from kafkatui.cli.app import Doors, run

        return run(sys.argv[1:] if arguments is None else arguments, Doors(open_screen, open_recording, version))
    except KeyboardInterrupt:
        return 130
    except RuntimeError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # Python 3.11 wraps what comes in the body of a class
            return 130
        raise


def version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("kafkatui")
    except PackageNotFoundError:
        return "(not installed)"


def open_recording(path: Path) -> int:
    """Show what was recorded until it is left. Raises Failure for a file that is no recording."""
    from kafkatui.cli.exits import Code, Failure
    from kafkatui.history.errors import RecordingError
    from kafkatui.history.recording import Recording
    from kafkatui.tui.start import run

    try:
        with Recording(path) as recording:
            return run(None, recording=recording)
    except RecordingError as error:
        raise Failure(Code.FAILED if error.is_damaged else Code.USAGE, str(error)) from None


def open_screen(connection: Connection | None, record: Path | None = None) -> int:
    """Show the terminal interface until it is left; `record` gets the history. Raises Failure where it can not."""
    from contextlib import asynccontextmanager

    from kafkatui.cli.connect import alert_rules, letter_rules, masking, rules
    from kafkatui.cli.exits import Code, Failure
    from kafkatui.cli.screen_contexts import ScreenContexts
    from kafkatui.config.places import jobs_folder, recordings_folder, undo_folder
    from kafkatui.dead_letters.desk import Desk
    from kafkatui.dead_letters.recognise import Recogniser
    from kafkatui.dead_letters.redriving import route_maker
    from kafkatui.history.errors import RecordingError
    from kafkatui.history.recording import Recorder
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.monitor import beside
    from kafkatui.reading.records import Records
    from kafkatui.reading.standby import Errand, Standby
    from kafkatui.reading.topic_decoders import TopicDecoders, registry_of
    from kafkatui.replay.jobs import Jobs
    from kafkatui.replay.replays import Replays
    from kafkatui.tui.start import run
    from kafkatui.undo.journal import Journal

    chosen, letters, alerts = rules(), letter_rules(), alert_rules()
    masking(connection)  # a wrong rule is told before there is a screen
    try:
        recorder = None if record is None else Recorder(record, None if connection is None else connection.context)
    except RecordingError as error:
        raise Failure(Code.USAGE, str(error)) from None
    # What is loaded by now stays; from here on short passes, which no key has to wait for. With 10,000 partitions a
    # whole one takes 120 ms: the screen has it done while nobody types (tui/idle.py).
    gc.freeze()
    gc.set_threshold(10_000, 2, 1_000_000)

    standby = Standby() if hasattr(os, "fork") and (os.cpu_count() or 1) > 1 else None

    def open_monitor(connection: Connection) -> AbstractAsyncContextManager[MonitorBeside]:
        return beside(lambda: Cluster.open(connection, patience=PATIENCE))

    @asynccontextmanager
    async def open_records(connection: Connection) -> AsyncIterator[Records]:
        # Connections of its own: megabytes of records never stand in the way of the monitor's questions.
        async with Cluster.open(connection, patience=PATIENCE) as cluster:
            if standby is None:
                yield Records(cluster.nodes, masking=masking(connection))
            else:
                hide = masking(connection)
                yield Records(cluster.nodes, lambda *search: standby.begin(Errand(connection, *search)), hide)

    @asynccontextmanager
    async def open_letters(connection: Connection) -> AsyncIterator[Desk]:
        async with Cluster.open(connection, patience=PATIENCE) as cluster:
            yield Desk(cluster, connection, Recogniser(letters), masking(connection))

    def edit(connection: Connection, place: Place) -> None:
        from kafkatui.cli.replay_edit import on_the_terminal

        on_the_terminal(connection, place)

    def open_replays(connection: Connection) -> Replays:
        def decoders() -> TopicDecoders:
            return TopicDecoders(chosen, registry=registry_of(connection))

        kept = Jobs(jobs_folder(os.environ)), Journal(undo_folder(os.environ))
        return Replays(connection, *kept, decoders, route_maker(letters))

    try:
        return run(
            connection,
            open_monitor,
            start_mini_cluster,
            open_records=open_records,
            rules=chosen,
            open_replays=open_replays,
            open_letters=open_letters,
            edit=edit,
            open_doctor=examined,
            recorder=recorder,
            alerts=alerts,
            recordings=recordings_folder(os.environ),
            contexts=ScreenContexts(),
        )
    finally:
        if standby is not None:
            standby.close()


async def examined(connection: Connection) -> AsyncGenerator[Step, None]:
    """The steps of an examination, on connections of its own."""
    from contextlib import aclosing

    from kafkatui.doctor.examination import Examination
    from kafkatui.kafka.probes import Probes

    origin = "the address given" if connection.context is None else f"context {connection.context}"
    async with Probes.open(connection) as source, aclosing(Examination(source, connection, origin).steps()) as steps:
        async for step in steps:
            yield step


async def start_mini_cluster(tell: Callable[[str, float], None]) -> Connection:
    """Start a mini-cluster, fill it and keep it living until `dev down`. What is left half-way is ended again.

    `tell` hears what is done and how far it is, from 0 to 1.
    """
    import asyncio
    import time
    from concurrent.futures import CancelledError, ThreadPoolExecutor
    from contextlib import suppress

    from kafkatui.config.choose import DEV
    from kafkatui.kafka.clients import ClientFailed
    from kafkatui.minicluster.cluster import down, up
    from kafkatui.minicluster.errors import MiniClusterError
    from kafkatui.minicluster.load import keep_living
    from kafkatui.minicluster.seed import seed
    from kafkatui.model.connection import Connection

    loop = asyncio.get_running_loop()

    def progress(step: str, done: int = 0, total: int = 0) -> None:
        loop.call_soon_threadsafe(tell, step, done / total if total else 0.0)

    began = time.time()
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(up, progress=progress)
        try:
            running = await asyncio.wrap_future(starting)
            await seed(running.bootstrap, say=tell)
            keep_living(running)
        except BaseException as error:
            # A thread can not be interrupted: what it starts is waited for, and ended.
            with suppress(MiniClusterError, CancelledError):
                if starting.result().started_at >= began:
                    down()
            if isinstance(error, ClientFailed):
                raise MiniClusterError(str(error)) from error
            raise
    return Connection(tuple(running.bootstrap.split(",")), context=DEV, read_only=False)


if __name__ == "__main__":
    enter()
