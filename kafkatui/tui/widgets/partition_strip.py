"""The partitions of a topic in one strip: a block each, as wide as its share of the bytes, its health as a sign."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from kafkatui.columns.cells import sign, thousands
from kafkatui.model.cluster import Health, Partition
from kafkatui.model.problems import known

STYLES = {
    Health.OK: "$success on $success 18%",
    Health.WARN: "$warning on $warning 22%",
    Health.BAD: "$error bold on $error 24%",
}


class PartitionStrip(Widget):
    """Partitions too many for blocks become one sign each, and too many for that, the worst ones."""

    def __init__(self) -> None:
        super().__init__()
        self._partitions: Sequence[Partition] = ()

    def show(self, partitions: Sequence[Partition]) -> None:
        self._partitions = partitions
        self.refresh()

    def render(self) -> Content:
        width = self.size.width - 2
        partitions = self._partitions
        least = [len(_label(partition)) for partition in partitions[:width]]
        if len(least) == len(partitions) and sum(least) + len(partitions) - 1 <= width:
            widths = shares([known(partition.size) or 0 for partition in partitions], least, width)
            blocks = [_block(partition, size) for partition, size in zip(partitions, widths, strict=True)]
            return Content.assemble(" ", Content(" ").join(blocks))
        return _signs(partitions, width)


def _signs(partitions: Sequence[Partition], width: int) -> Content:
    shown, more = partitions, ""
    if len(partitions) > width:
        more = f" … {thousands(len(partitions))} in all"
        shown = sorted(partitions, key=lambda partition: -partition.health.value)[: max(1, width - len(more))]
    signs = [Content.styled(sign(partition.health), STYLES[partition.health]) for partition in shown]
    return Content.assemble(" ", Content("").join(signs), (more, "$muted"))


def shares(sizes: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """Share `width` by size, one cell between two, but give each at least what its label needs."""
    spare = width - sum(least) - max(0, len(sizes) - 1)
    whole = sum(sizes)
    if whole == 0 or spare <= 0:
        return list(least)
    return [minimum + spare * size // whole for size, minimum in zip(sizes, least, strict=True)]


def _label(partition: Partition) -> str:
    return f" {sign(partition.health)} {partition.partition} "


def _block(partition: Partition, width: int) -> Content:
    return Content.styled(_label(partition).ljust(width), STYLES[partition.health])
