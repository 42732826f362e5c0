"""The columns of a broker."""

from __future__ import annotations

from kafkatui.columns import cells
from kafkatui.columns.cells import Cell, Tone
from kafkatui.columns.column import Column
from kafkatui.model.cluster import Broker, Health
from kafkatui.model.problems import Problem


def _status(broker: Broker) -> Cell:
    if broker.problem is not None:
        return cells.health_cell(Health.BAD, broker.problem.text)
    if broker.out_of_sync:
        return cells.health_cell(Health.WARN, f"{broker.out_of_sync} replicas on it are out of sync")
    return cells.health_cell(Health.OK)


def _version(broker: Broker) -> Cell:
    return cells.unknown(broker.version) if isinstance(broker.version, Problem) else cells.text(broker.version)


def _controller(broker: Broker) -> Cell:
    return cells.text("controller", Tone.OK) if broker.is_controller else Cell("", raw="")


def _out_of_sync(broker: Broker) -> Cell:
    return cells.number(broker.out_of_sync, Tone.WARN if broker.out_of_sync else Tone.NORMAL)


def _problem(broker: Broker) -> Cell:
    return cells.text(broker.problem.text, Tone.BAD) if broker.problem else Cell("", raw="")


BROKERS: tuple[Column[Broker], ...] = (
    Column("status", "", _status, width=1, help="● answers, ▲ a replica on it lags behind, ✖ does not answer."),
    Column(
        "broker",
        "broker",
        lambda b: cells.number(b.node_id),
        right=True,
        width=6,
        help="The broker's id in the cluster.",
    ),
    Column("host", "host", lambda b: cells.text(f"{b.host}:{b.port}"), width=18, help="Where clients reach it."),
    Column(
        "rack",
        "rack",
        lambda b: cells.text(b.rack or ""),
        rank=4,
        width=8,
        help="Where it stands; replicas are spread over racks.",
    ),
    Column(
        "controller",
        "role",
        _controller,
        rank=1,
        width=10,
        help="The controller leads the quorum that decides who leads each partition.",
    ),
    Column("version", "version", _version, rank=5, width=7, help="The Kafka release it runs."),
    Column(
        "leaders",
        "leads",
        lambda b: cells.number(b.leaders),
        rank=2,
        right=True,
        help="Partitions whose writes and reads go to it.",
    ),
    Column(
        "replicas",
        "replicas",
        lambda b: cells.number(b.replicas),
        rank=3,
        right=True,
        help="Copies it holds, leaders included.",
    ),
    Column(
        "out_of_sync",
        "behind",
        _out_of_sync,
        rank=1,
        right=True,
        width=7,
        help="Its copies that do not have all of the leader's records.",
    ),
    Column(
        "disk", "disk", lambda b: cells.size(b.disk), rank=3, right=True, width=9, help="Bytes of all copies it holds."
    ),
    Column("problem", "problem", _problem, rank=0, width=4, help="Why it can not be read."),
)
