"""Prometheus' text exposition format 0.0.4. Which numbers a command exposes is decided beside the command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kafkatui.model.problems import Problem, Reading

Labels = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Metric:
    """A gauge with its samples. A sample that is None was not measured and is left out without a word."""

    name: str
    help: str
    samples: Sequence[tuple[Labels, Reading | float | None]]


def exposition(metrics: Iterable[Metric], cluster_id: str | None) -> Iterator[str]:
    """The lines, each sample labelled with the cluster; unknown values are left out and counted at the end."""
    cluster = {"cluster_id": cluster_id or ""}
    unknown = 0
    for metric in metrics:
        yield from _head(metric)
        unknown += sum(isinstance(value, Problem) for _, value in metric.samples)
        for labels, value in metric.samples:
            if isinstance(value, int | float):
                yield _sample(metric.name, {**cluster, **labels}, value)
    count = Metric("kafkatui_unknown_values", "Values that could not be read and are left out above.", ())
    yield from _head(count)
    yield _sample(count.name, cluster, unknown)


def _head(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} gauge"


def _sample(name: str, labels: Labels, value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(str(text))}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
