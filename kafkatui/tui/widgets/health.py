"""The cluster's health in four lines; colour and sign say how bad, the name says where."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content
from textual.widget import Widget

from kafkatui.columns import cells
from kafkatui.columns.cells import SKELETON, UNKNOWN, sign, thousands, tone_of
from kafkatui.model.cluster import Health, Partition
from kafkatui.model.snapshot import NOTHING, Snapshot, Stage
from kafkatui.safe_text import safe_text
from kafkatui.tui.widgets.line import STYLES

WORDS = ("brokers", "leaders", "in sync", "controller")


class HealthBox(Widget):
    """One line a question: do all answer, is all led, is all copied, who decides. Old news is never called well."""

    def __init__(self) -> None:
        super().__init__()
        self._snapshot = NOTHING
        self.border_title = "Health"

    def show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.refresh()

    def render(self) -> Content:
        if self._snapshot.stage is Stage.NOTHING:
            lines = [Content.styled(f" {SKELETON} {word}", "$muted") for word in WORDS]
        else:
            lines = list(health_lines(self._snapshot))
        if self._snapshot.problems:
            lines = [Content.styled(f" {UNKNOWN}{line.plain[2:]}", "$stale") for line in lines]
        return Content("\n").join(line.truncate(self.size.width, ellipsis=True) for line in lines)


def health_lines(snapshot: Snapshot) -> Iterator[Content]:
    brokers = snapshot.brokers.values()
    down = [f"{each.node_id}" for each in brokers if each.problem is not None]
    yield _line("brokers", len(brokers) - len(down), len(brokers), Health.BAD, down, "broker ")
    partitions = snapshot.partitions
    leaderless = [each for each in partitions if each.is_leaderless]
    yield _line("leaders", len(partitions) - len(leaderless), len(partitions), Health.BAD, _names(leaderless))
    behind = [each for each in partitions if each.is_under_replicated]
    yield _line("in sync", len(partitions) - len(behind), len(partitions), Health.WARN, _names(behind))
    yield _controller(snapshot)


def _names(partitions: list[Partition]) -> list[str]:
    return [str(each.name) for each in partitions]


def _line(word: str, good: int, of: int, bad: Health, names: list[str], before: str = "") -> Content:
    health = bad if names else Health.OK
    shown = names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}" if names else ""
    count = f"{thousands(good)} of {thousands(of)}"
    return Content.assemble(
        (f" {sign(health)} ", STYLES[tone_of(health)]),
        (word.ljust(12), "$muted"),
        count.ljust(14),
        (safe_text(f"{before}{shown}") if names else "", STYLES[tone_of(health)]),
    )


def _controller(snapshot: Snapshot) -> Content:
    controller, epoch = cells.reading(snapshot.controller), cells.reading(snapshot.controller_epoch)
    health = Health.OK if isinstance(snapshot.controller, int) else Health.BAD
    return Content.assemble(
        (f" {sign(health)} ", STYLES[tone_of(health)]),
        ("controller".ljust(12), "$muted"),
        f"broker {controller.text}".ljust(14) if isinstance(snapshot.controller, int) else controller.text.ljust(14),
        ("epoch ", "$muted"),
        epoch.text,
    )
