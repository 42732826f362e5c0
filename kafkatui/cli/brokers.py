"""`kafkatui brokers`: the brokers of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from kafkatui.cli import complete, connect, documents, failures, report
from kafkatui.cli.flags import Printing, Where, with_flags
from kafkatui.cli.metrics import Metric
from kafkatui.cli.naming import pick
from kafkatui.cli.report import Report
from kafkatui.cli.tables import Table, plain
from kafkatui.columns.brokers import BROKERS
from kafkatui.model.cluster import Broker
from kafkatui.model.snapshot import Snapshot
from kafkatui.monitor import Want


@with_flags
def brokers(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BROKER]...", autocompletion=complete.brokers, help="Brokers by their id."),
    ] = None,
    *,
    where: Where,
    printing: Printing,
) -> None:
    """List brokers: where they are, who is the controller, what they lead and hold, how much is out of sync."""
    wanted = names or []
    snapshot = connect.read(where, Want.TOPOLOGY | Want.DETAILS | Want.SIZES)
    by_name = {str(node_id): broker for node_id, broker in sorted(snapshot.brokers.items())}
    found = pick(wanted, by_name, "broker")
    chosen = [by_name[name] for name in (found.names if wanted else by_name)]
    report.emit(_report(snapshot, chosen), printing)
    report.finish([*found.missing, *failures.of_brokers(chosen)])


def _report(snapshot: Snapshot, brokers: Sequence[Broker]) -> Report:
    return Report(
        snapshot=snapshot,
        schema="brokers",
        tables=lambda: [Table(plain(BROKERS), brokers)],
        records=lambda: map(documents.broker_document, brokers),
        fields=documents.BROKER_FIELDS,
        items=lambda: [documents.broker_document(broker) for broker in brokers],
        metrics=lambda: _metrics(brokers),
    )


def _metrics(brokers: Iterable[Broker]) -> Iterable[Metric]:
    for name, text, value in (
        ("up", "1 if a broker answers.", lambda each: int(each.problem is None)),
        ("controller", "1 if a broker leads the quorum.", lambda each: int(each.is_controller)),
        ("leaders", "Partitions a broker leads.", lambda each: each.leaders),
        ("replicas", "Copies a broker holds, leaders included.", lambda each: each.replicas),
        ("out_of_sync_replicas", "Copies on a broker that lag behind their leader.", lambda each: each.out_of_sync),
        ("disk_bytes", "Bytes of all copies a broker holds.", lambda each: each.disk),
    ):
        yield Metric(f"kafkatui_broker_{name}", text, [({"broker": each.node_id}, value(each)) for each in brokers])
