"""What a coordinator tells of a transaction (KIP-664), where kio's own class refuses an answer. No requests live here.

kio 0.6 takes the start of a transaction that has not begun, -1, for a malformed time.
"""

# kio looks at the types of the fields, so they must not be text: no `from __future__ import annotations` here.

from dataclasses import dataclass, field

from kio.schema.describe_transactions.v0 import response
from kio.static.primitive import TZAware


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionState(response.TransactionState):
    """As kio's, but None where no transaction is open."""

    transaction_start_time: TZAware | None = field(metadata={"kafka_type": "datetime_i64"})  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeTransactionsResponse(response.DescribeTransactionsResponse):
    """As kio's."""

    transaction_states: tuple[TransactionState, ...]
