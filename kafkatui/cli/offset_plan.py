"""A plan of offsets on paper: lines for a person, a JSON document for a script. What is in it is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafkatui.cli.report import moment
from kafkatui.cli.tables import Table
from kafkatui.columns import cells
from kafkatui.columns.cells import Cell
from kafkatui.columns.column import Column
from kafkatui.model.cluster import TopicPartition
from kafkatui.model.commits import Commit
from kafkatui.model.counted import counted
from kafkatui.model.problems import Problem, Reading, known
from kafkatui.resets.plan import GroupPlan, Move, Omitted, Plan

if TYPE_CHECKING:
    from kafkatui.resets.run import Ran

_MOVES: tuple[Column[Move], ...] = (
    Column("topic", "topic", lambda move: cells.text(move.where.topic)),
    Column("partition", "partition", lambda move: cells.number(move.where.partition), right=True),
    Column("before", "before", lambda move: _offset(move.before), right=True),
    Column("after", "after", lambda move: _offset(move.after), right=True),
    Column("delta", "delta", lambda move: _delta(move), right=True),
    Column("lag_before", "lag before", lambda move: cells.reading(move.lag_before), right=True),
    Column("lag_after", "lag after", lambda move: cells.reading(move.lag_after), right=True),
)
_LOST = ("after", "delta", "lag_after")
"""What says nothing where the group goes."""
_NOTE: Column[Move] = Column("note", "note", lambda move: cells.text(move.note))


def _offset(commit: Commit | None) -> Cell:
    return cells.reading(None if commit is None else commit.offset)


def _delta(move: Move) -> Cell:
    return cells.reading(None) if move.delta is None else cells.text(f"{move.delta:+}" if move.delta else "0")


def lines(plan: Plan, place: str) -> list[str]:
    """What a person sees before the question; `place` is what they call the cluster."""
    found = [plan.what, f"cluster {place} ({plan.cluster_id})"]
    for group in plan.groups:
        found += _group(group)
    return found


def _group(plan: GroupPlan) -> Iterator[str]:
    state = "new" if plan.is_new else f"{plan.type}, {plan.state}"
    yield f"group {plan.group}: {state}{', to be deleted' if plan.deletes else ''}"
    if plan.moves:
        yield from (f"  {line}" for line in Table(_columns(plan), plan.moves).lines())
        yield f"  {_sum(plan)}"
    yield from (f"  note: {note}" for note in plan.notes)
    yield from (f"  left out: {each.name}: {each.problem.text}" for each in plan.omitted)


def _columns(plan: GroupPlan) -> list[Column[Move]]:
    kept = [column for column in _MOVES if not (plan.deletes and column.key in _LOST)]
    return [*kept, _NOTE] if any(move.note for move in plan.moves) else kept


def _sum(plan: GroupPlan) -> str:
    if plan.deletes:
        return f"{counted(len(plan.moves), 'offset')}, lag {_reading(plan.lag_before)}"
    changing = len(plan.changing)
    staying = len(plan.moves) - changing
    said = f"{counted(changing, 'offset')} {'changes' if changing == 1 else 'change'}"
    said += f", {staying} {'stays' if staying == 1 else 'stay'}" if staying else ""
    return f"{said}; lag {_reading(plan.lag_before)} before, {_reading(plan.lag_after)} after"


def _reading(value: Reading) -> str:
    return f"unknown ({value.text})" if isinstance(value, Problem) else str(value)


def left_out(plan: Plan) -> list[str]:
    """A sentence for each partition that was meant and is left as it is."""
    return [f"group {group}, {each.name}: {each.problem.text}" for group, each in plan.omitted]


@dataclass(frozen=True, slots=True)
class Written:
    """How a plan becomes a JSON document."""

    schema: str
    """`reset` stands for `kafkatui.reset/1`."""
    place: str
    at: float
    """Epoch seconds."""
    dry_run: bool

    def refusal(self, reasons: Sequence[str]) -> dict[str, Any]:
        """There is no plan."""
        return {
            "schema": f"kafkatui.{self.schema}/1",
            "cluster": self.place,
            "at": moment(self.at),
            "dry_run": self.dry_run,
            "executed": False,
            "groups": [],
            "problem": "; ".join(reason.strip() for reason in reasons),
        }

    def document(self, plan: Plan, ran: Ran | None = None) -> dict[str, Any]:
        """`ran`: what became of it; None: nothing was changed."""
        return {
            "schema": f"kafkatui.{self.schema}/1",
            "cluster_id": plan.cluster_id,
            "cluster": self.place,
            "at": moment(self.at),
            "what": plan.what,
            "plan_hash": plan.hash,
            "dry_run": self.dry_run,
            "executed": ran is not None,
            "undo": ran.entry.id if ran is not None and ran.entry.change.cannot_undo is None else None,
            "counts": _counts(plan, ran),
            "groups": [_group_document(group, ran) for group in plan.groups],
            "problem": None,
        }


def _counts(plan: Plan, ran: Ran | None) -> Mapping[str, int]:
    moves = sum(len(group.moves) for group in plan.groups)
    return {
        "change": plan.changes,
        "stay": moves - plan.changes,
        "left_out": len(plan.omitted),
        "failed": 0 if ran is None else sum(problem is not None for problem in ran.said.values()),
    }


def _group_document(plan: GroupPlan, ran: Ran | None) -> Mapping[str, Any]:
    problem = None if ran is None else ran.groups.get(plan.group)
    return {
        "group": plan.group,
        "type": plan.type.value,
        "state": plan.state or None,
        "new": plan.is_new,
        "delete": plan.deletes,
        "lag_before": known(plan.lag_before),
        "lag_after": None if plan.deletes else known(plan.lag_after),
        "notes": list(plan.notes),
        "problem": None if problem is None else problem.text,
        "partitions": [
            *(_move_document(plan.group, move, ran) for move in plan.moves),
            *(_omitted_document(each) for each in plan.omitted),
        ],
    }


def _move_document(group: str, move: Move, ran: Ran | None) -> Mapping[str, Any]:
    said = {} if ran is None else ran.said
    problem = said.get((group, move.where))
    if not move.changes:
        result = "stays"
    elif (group, move.where) not in said:
        result = "planned"
    else:
        result = "ok" if problem is None else "failed"
    return _row(move.where, move, result, move.note or None, problem)


def _omitted_document(each: Omitted) -> Mapping[str, Any]:
    return _row((each.topic, each.partition), None, "left out", None, each.problem)


def _row(
    where: TopicPartition | tuple[str, int | None],
    move: Move | None,
    result: str,
    note: str | None,
    problem: Problem | None,
) -> Mapping[str, Any]:
    numbers: Mapping[str, Any] = dict.fromkeys(("before", "after", "delta", "start", "end", "lag_before", "lag_after"))
    if move is not None:
        numbers = {
            "before": None if move.before is None else move.before.offset,
            "after": None if move.after is None else move.after.offset,
            "delta": move.delta,
            "start": known(move.start),
            "end": known(move.end),
            "lag_before": known(move.lag_before),
            "lag_after": known(move.lag_after),
        }
    return {
        "topic": where[0],
        "partition": where[1],
        **numbers,
        "note": note,
        "result": result,
        "problem": None if problem is None else problem.text,
    }
