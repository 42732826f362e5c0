"""`kafkatui dev`: a real Kafka on this machine to try things with. What it is made of is in `minicluster`."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from kafkatui.cli import interrupts
from kafkatui.cli.exits import Code, Failure, in_words, say
from kafkatui.cli.steps import steps
from kafkatui.minicluster import cluster
from kafkatui.minicluster.cluster import MiniClusterError, Status
from kafkatui.minicluster.progress import Progress
from kafkatui.minicluster.state import Broker
from kafkatui.model.errors import Unreachable
from kafkatui.safe_text import safe_text

if TYPE_CHECKING:
    from kafkatui.minicluster.scenarios import Scenario

app = typer.Typer(
    name="dev",
    no_args_is_help=True,
    help="A real Kafka on this machine: start it, fill it, trouble it, stop it.",
)


@app.command("up")
def up_command(
    brokers: Annotated[int, typer.Option(min=1, max=9, help="How many brokers to start.")] = 3,
    engine: Annotated[
        Literal["auto", "java", "compose"],
        typer.Option(help="Java processes, or Docker; auto takes what this machine can run."),
    ] = "auto",
    empty: Annotated[bool, typer.Option("--empty", help="Make no topics and groups.")] = False,
    load: Annotated[bool, typer.Option("--load", help="Keep producers and consumers running until down.")] = False,
    registry: Annotated[
        bool, typer.Option("--registry", help="A schema registry too; it is downloaded once, 160 MB.")
    ] = False,
) -> None:
    """Start the mini-cluster with the sample world in it. Prints its bootstrap address."""
    if empty and load:
        raise typer.BadParameter("--load needs the sample world that --empty leaves out")
    with sentences():
        started = time.time()
        running = start(brokers, engine, seeded=not empty, load=load, registry=registry)
        typer.echo(running.bootstrap)
        typer.echo(_welcome(running, started), err=True)


@app.command("down")
def down_command() -> None:
    """Stop the mini-cluster and remove its data."""
    with sentences():
        with steps() as progress:
            was_running = cluster.down(progress=progress)
        typer.echo("the mini-cluster is stopped" if was_running else "no mini-cluster was running", err=True)


@app.command("status")
def status_command(as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """Say what runs; exit code 1 if nothing does."""
    with sentences():
        if as_json:
            typer.echo(json.dumps(_as_json(cluster.status())))
        found = cluster.running()
        if not as_json:
            typer.echo("\n".join(_described(found)))


@app.command("seed")
def seed_command() -> None:
    """Write the sample world into the running mini-cluster."""
    with sentences(), steps() as progress:
        _seed(cluster.running(), progress)


@app.command("scenario")
def scenario_command(name: Annotated[str, typer.Argument(help="Which one; none lists them.")] = "") -> None:
    """Let something happen in the mini-cluster, and say what to look for on the screen."""
    from kafkatui.minicluster.scenarios import SCENARIOS

    if not name:
        width = max(map(len, SCENARIOS))
        typer.echo("\n".join(f"{each:<{width}}  {SCENARIOS[each].summary}" for each in SCENARIOS))
        return
    if name not in SCENARIOS:
        raise typer.BadParameter(f"there is no scenario {name}, only {', '.join(SCENARIOS)}")
    with sentences(), _refusals():
        chosen, running = SCENARIOS[name], cluster.running()
        _tell(f"look for: {chosen.look_for}")
        interrupts.run(_happen(chosen, running))


def start(brokers: int, engine: str, *, seeded: bool, load: bool, registry: bool = False) -> Status:
    """The mini-cluster, started and filled if it did not run already. What is interrupted half-way is ended again.

    Raises MiniClusterError.
    """
    began = time.time()
    with steps() as progress, ending_on_signals():
        running = cluster.up(brokers, engine, progress=progress)
        ours = running.started_at >= began
        try:
            if ours and seeded:
                _seed(running, progress)
            if load:
                _keep_living(running)
            if registry:
                running = cluster.start_registry(progress=progress)
        except BaseException:
            if ours:
                cluster.down()
            raise
    return running


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what went wrong into a sentence on stderr and the exit code that goes with it."""
    try:
        yield
    except MiniClusterError as problem:
        sentence, *log = str(problem).splitlines()
        say(sentence)
        for line in log:
            typer.echo(safe_text(line), err=True)
        raise typer.Exit(Code.FAILED) from None
    except Unreachable as problem:
        raise Failure(Code.UNREACHABLE, str(problem)) from None
    except BrokenPipeError:
        raise  # the reader of stdout went away, which is no failure to talk about
    except OSError as problem:
        raise Failure(Code.FAILED, in_words(problem)) from None
    except KeyboardInterrupt:
        raise typer.Exit(Code.INTERRUPTED) from None


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP (a closed terminal) unwind like Ctrl-C, so that nothing is left running."""

    def unwind(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    with interrupts.unwinding():
        before = [signal.signal(number, unwind) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)


def _seed(running: Status, progress: Progress) -> None:
    from kafkatui.minicluster.seed import seed

    with _refusals():
        interrupts.run(seed(running.bootstrap, say=lambda step, part: progress(step, round(100 * part), 100)))


@contextmanager
def _refusals() -> Iterator[None]:
    """What Kafka refused while it was being filled or troubled is a failure of the mini-cluster, not a bug."""
    from kafkatui.kafka.clients import ClientFailed

    try:
        yield
    except ClientFailed as refused:
        raise MiniClusterError(str(refused)) from refused


def _welcome(running: Status, began: float) -> str:
    count = len(running.brokers)
    what = f"{count} broker{'s' * (count > 1)} of Apache Kafka, engine {running.engine}"
    already = running.started_at < began
    return "\n".join(
        (
            f"{what}: running already" if already else f"{what}: ready after {time.time() - began:.1f} s",
            *([f"  schemas     {running.registry}"] if running.registry else []),
            "  look at it  kafkatui",
            "  trouble it  kafkatui dev scenario",
            "  stop it     kafkatui dev down",
        )
    )


def _described(found: Status) -> Sequence[str]:
    return (
        f"bootstrap  {found.bootstrap}",
        f"cluster    {found.cluster_id}  engine {found.engine}",
        f"data       {found.data_dir}",
        *(f"{b.name:<9}  {b.host}:{b.port}  {b.rack}  {_condition(b)}" for b in found.brokers),
        *(f"worker     {worker.what}  pid {worker.pid}" for worker in found.workers if worker.alive),
    )


def _condition(broker: Broker) -> str:
    pid = f"  pid {broker.pid}" if broker.pid else ""
    if broker.paused:
        return f"paused{pid}"
    return f"running{pid}" if broker.alive else "stopped"


def _as_json(found: Status | None) -> dict[str, Any]:
    document: dict[str, Any] = {"schema": "kafkatui.dev-status/1", "running": found is not None}
    if found is None:
        return document
    return document | {
        "engine": found.engine,
        "cluster_id": found.cluster_id,
        "bootstrap": found.bootstrap,
        "data_dir": str(found.data_dir),
        "registry": found.registry,
        "brokers": [
            {
                "node_id": broker.node_id,
                "host": broker.host,
                "port": broker.port,
                "rack": broker.rack,
                "pid": broker.pid,
                "alive": broker.alive,
                "paused": broker.paused,
            }
            for broker in found.brokers
        ],
        "workers": [{"pid": w.pid, "what": w.what, "alive": w.alive} for w in found.workers],
    }


async def _happen(scenario: Scenario, running: Status) -> None:
    await scenario.run(running, _tell)


def _tell(text: str) -> None:
    typer.echo(text, err=True)


def _keep_living(running: Status) -> None:
    from kafkatui.minicluster.load import keep_living

    keep_living(running)
