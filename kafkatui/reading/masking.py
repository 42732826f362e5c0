"""Records as they may be shown: the rules of `decoding.masking`, with the decoders of a cluster to look into values."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kafkatui.decoding.masking import Masks
from kafkatui.model.dead_letter_rules import DeadLetterRule
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.model.masking_rules import MaskingRule
from kafkatui.model.records import Record
from kafkatui.reading.topic_decoders import TopicDecoders

if TYPE_CHECKING:
    from kafkatui.reading.registry import SchemaRegistry


class Masking:
    """Where there are rules. Whoever reads records to show them lets all of them come through here first.

    It has decoders of its own, with the bounds of a command: what a screen finds too large to decode is masked too.
    """

    def __init__(
        self,
        rules: Sequence[MaskingRule],
        secret: bytes,
        decoding: Sequence[DecodingRule] = (),
        registry: SchemaRegistry | None = None,
        letters: Sequence[DeadLetterRule] = (),
    ) -> None:
        """`secret` makes hashes; `letters`: the headers of dead letters that no known framework writes."""
        self.decoders = TopicDecoders(decoding, registry=registry)
        self._masks = Masks(rules, secret, letters=letters)
        self._one_at_a_time = asyncio.Lock()

    async def masked(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """In their order. Of those that no rule names each is itself."""
        touched = [record for record in records if self._masks.rules_for(record) is not None]
        if not touched:
            return tuple(records)
        # Decoders are not for several threads.
        async with self._one_at_a_time:
            await self.decoders.prepare(touched)
            return await asyncio.to_thread(self._all, records)

    def _all(self, records: Sequence[Record]) -> tuple[Record, ...]:
        return tuple(map(self._one, records))

    def _one(self, record: Record) -> Record:
        decoders = self.decoders
        return self._masks.mask(record, lambda: decoders.decode_key(record), lambda: decoders.decode_value(record))
