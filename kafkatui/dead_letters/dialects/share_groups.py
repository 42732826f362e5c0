"""Share groups: what the broker itself writes when a record is rejected or delivered too often (KIP-1191).

Without `errors.deadletterqueue.copy.record.enable` there is no key and no value: the letter only names the record.
The headers of the record are never copied.
"""

from __future__ import annotations

from kafkatui.dead_letters.dialects.dialect import Dialect

_PREFIX = "__dlq.errors."

SHARE_GROUPS = Dialect(
    name="share-group",
    title="share group",
    marks=((f"{_PREFIX}topic",), (f"{_PREFIX}offset",)),
    topic=f"{_PREFIX}topic",
    partition=f"{_PREFIX}partition",
    offset=f"{_PREFIX}offset",
    group=f"{_PREFIX}group",
    message=(f"{_PREFIX}message",),
    attempts=(f"{_PREFIX}delivery.count",),
    prefixes=(_PREFIX,),
    is_pointer=True,
)
