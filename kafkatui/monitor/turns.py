"""What a refresh asks besides what every one asks: slow parts take turns, first unread records where it is worth it."""

from __future__ import annotations

from collections.abc import Mapping

from kafkatui.model.cluster import TopicPartition
from kafkatui.model.groups import GroupType
from kafkatui.model.lagging import Lagging, lagging
from kafkatui.monitor.reading import Answers
from kafkatui.monitor.source import Want


class Turns:
    """What changes slowly takes turns: a refresh asks one such question, so that it never sends more than a handful.

    With three brokers that is 12 requests: Metadata 1, commits 3, ends 3, details 2 and 3 for the turn.
    """

    _SLOW = (Want.SIZES, Want.LAGGING)

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._turn = 0
        self._slow = 0

    async def take(self) -> None:
        kinds = self._answers.live_types
        shares = [Want.SHARE_OFFSETS] if GroupType.SHARE in self._answers.types else []
        turns: list[Want | GroupType] = [Want.GROUPS, *kinds, Want.STABLE_ENDS, *shares, Want.STARTS]
        turns.append(self._SLOW[self._slow % len(self._SLOW)])
        if self._turn >= len(turns):
            self._turn, self._slow = 0, self._slow + 1
        turn = turns[self._turn]
        self._turn += 1
        if isinstance(turn, GroupType):
            await self._answers.read_members_of(turn)
        else:
            await self._answers.read(turn)
        if turn is Want.STABLE_ENDS:
            await self._answers.read_open_transactions()
        elif turn is Want.GROUPS:
            await self._answers.read_absent()


class UnreadOfSome:
    """Looks up first unread records where it is worth a Fetch: of groups looked at, and of commits that stand still.

    One that moves is at another record with the next reading. What was found stays until the group moves on.
    """

    _MOST = 200
    """Look-ups in one refresh; the others have their turn in the next ones."""

    def __init__(self, answers: Answers) -> None:
        self.looked_at: frozenset[str] = frozenset()
        self._answers = answers
        self._before: dict[tuple[str, TopicPartition], int | None] = {}
        """Where the groups stood when this was asked last."""

    async def read(self) -> None:
        """Goes by the reading before: it need not wait for this one."""
        found = list(lagging(self._answers.parts))
        self._answers.forget_unread(found)
        before = self._before
        self._before = {(each.group, each.where): each.committed for each in found}
        worth = [each for each in found if self._is_worth_it(each, before)]
        worth.sort(key=lambda each: each.group not in self.looked_at)
        await self._answers.look_after(worth, self._MOST)

    def _is_worth_it(self, each: Lagging, before: Mapping[tuple[str, TopicPartition], int | None]) -> bool:
        if each.group in self.looked_at:
            return True
        return before.get((each.group, each.where), _ELSEWHERE) == each.committed


_ELSEWHERE = -1
"""No offset at all: the group had read everything there, or was not known."""
