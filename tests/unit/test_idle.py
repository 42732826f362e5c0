"""When memory is looked through: at once where that is short, else while nobody types, and at last all the same."""

from __future__ import annotations

from kafkatui.tui.idle import AT_LATEST, FEW_PARTITIONS, QUIET, Idle


class Hour:
    """A clock that is set, and how often memory was looked through."""

    def __init__(self) -> None:
        self.now = 0.0
        self.looks = 0
        self.idle = Idle(lambda: self.now, self._look)

    def _look(self) -> None:
        self.looks += 1

    def types_until(self, end: float, partitions: int) -> None:
        """A key every second, and the timer's call with it."""
        while self.now < end:
            self.now += 1
            self.idle.note_key()
            self.idle.tidy(partitions)


def test_with_few_partitions_nobody_has_to_stop_typing() -> None:
    hour = Hour()
    hour.types_until(5, FEW_PARTITIONS)
    assert hour.looks == 5


def test_with_many_it_waits_until_nobody_types() -> None:
    hour = Hour()
    hour.types_until(100, FEW_PARTITIONS + 1)
    assert hour.looks == 0
    hour.now += QUIET
    hour.idle.tidy(FEW_PARTITIONS + 1)
    assert hour.looks == 1


def test_at_last_it_is_done_all_the_same() -> None:
    hour = Hour()
    hour.types_until(2 * AT_LATEST, FEW_PARTITIONS + 1)
    assert hour.looks == 2
