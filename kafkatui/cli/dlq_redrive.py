"""`kafkatui dlq redrive`: plans which dead letters go back where, asks, and runs it as a replay job."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from kafkatui.cli import connect, interrupts, reconcile, replaying, report
from kafkatui.cli.changing import Asking, confirmed, journal
from kafkatui.cli.exits import Code, say
from kafkatui.cli.progress_line import ProgressLine
from kafkatui.cli.replaying import Running
from kafkatui.dead_letters.back_plan import Asked, BackPlan, findings, kept, plan_back
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.redriving import Survey
from kafkatui.kafka.cluster import Cluster
from kafkatui.model.connection import Connection
from kafkatui.model.counted import counted
from kafkatui.replay.spec import Spec, document

_NAMED = 20


def run(connection: Connection, asked: Asked, running: Running, asking: Asking) -> None:
    """Ends the command with its exit code."""
    replaying.refuse_known(asked.job)
    replaying.ended(interrupts.run(replaying.guarded(_start(connection, asked, running, asking))))


async def _start(connection: Connection, asked: Asked, running: Running, asking: Asking) -> Code:
    async with Cluster.open(replace(connection, read_only=True)) as cluster:
        if not asking.dry_run:
            await reconcile.reconcile(cluster, connection, journal())
        plan = await _plan(cluster, connection, asked)
    spec, found = plan.spec, plan.found
    if running.as_json and asking.dry_run:
        report.write([json.dumps(_document(spec, found))])
    question = f"send {counted(found.records, 'dead letter')} back"
    if not confirmed([*_lines(connection, spec, found)], question, asking, on=connection):
        return Code.OK
    if not found.records:
        say("nothing is left to send")
        return Code.OK
    return await replaying.run_job(connection, replaying.jobs().save(plan.job), running)


async def _plan(cluster: Cluster, connection: Connection, asked: Asked) -> BackPlan:
    words = [""]
    line = ProgressLine(lambda: words[0])

    def tell(done: int, total: int, found: int) -> None:
        words[0] = f"looks through {asked.topic}: {done / max(1, total):.0%}   {found} to send"
        line.draw()

    try:
        return await plan_back(cluster, connection, asked, Recogniser(connect.letter_rules()), tell)
    finally:
        line.clear()


def _lines(connection: Connection, spec: Spec, found: Survey) -> Iterator[str]:
    where = replaying.where(connection, spec.cluster_id)
    yield f"redrive {spec.source} to {spec.goes_to} on {where}   job {spec.job}   plan {spec.hash}"
    for target, count in sorted(found.sends.items())[:_NAMED]:
        yield f"  {target}: {counted(count, 'record')}"
    if len(found.sends) > _NAMED:
        yield f"  and {len(found.sends) - _NAMED} more partitions"
    yield f"  {counted(found.records, 'record')} in all; {kept(spec)}"
    for mark, text in findings(found):
        yield f"{mark} {text}"


def _document(spec: Spec, found: Survey) -> dict[str, object]:
    return {
        "schema": "kafkatui.redrive-plan/1",
        **document(spec),
        "hash": spec.hash,
        "records": found.records,
        "targets": [
            {"topic": where.topic, "partition": where.partition, "records": count}
            for where, count in sorted(found.sends.items())
        ],
        "left_out": [
            {
                "code": code,
                "records": count,
                "first": str(found.examples[code][0]),
                "problem": found.examples[code][1].text,
            }
            for code, count in found.left_out.most_common()
        ],
        "remarks": dict(found.remarks),
    }
