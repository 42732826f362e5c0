"""What a lag that is not 0 turns out to be once its offsets were looked at: markers only, or held back."""

from __future__ import annotations

from dataclasses import replace

from kafkatui.model.groups import NO_COMMIT, GroupPartition
from kafkatui.model.open_transactions import OpenTransaction, OpenTransactions
from kafkatui.model.problems import Problem
from kafkatui.model.unread import FirstUnread, ReadFrom, Unread


def explained(row: GroupPartition, unread: Unread, transactions: OpenTransactions | None) -> GroupPartition:
    """The row with what was looked up of it; the reasons it has already go first.

    `transactions`: None for a group that reads what they hold back.
    """
    at = row.reads_from
    if at is None or not isinstance(row.lag, int) or not isinstance(row.end, int):
        return row
    first = unread.get(ReadFrom(row.name, at)) if unread else None
    is_plain = row.problem is None or row.problem.code == NO_COMMIT
    if is_plain and isinstance(first, FirstUnread) and first.offset is None and first.seen >= row.end:
        return replace(row, lag=0, problem=only_markers(row.lag))
    if transactions is None or row.problem is not None:
        return row
    if isinstance(row.stable_end, int) and row.stable_end < row.end:
        held = row.end - max(at, row.stable_end)
        return replace(row, problem=held_back(held, row.lag, transactions.get(row.name)))
    return row


def only_markers(offsets: int) -> Problem:
    """What is left are no records: the true lag is 0."""
    what = "offset left is a transaction marker or an aborted record"
    if offsets != 1:
        what = f"{offsets} offsets left are transaction markers or aborted records"
    return Problem("only_markers", f"nothing to read: the {what}")


def held_back(records: int, lag: int, by: OpenTransaction | Problem | None) -> Problem:
    """Readers of committed records are not given them yet."""
    whose = "an open transaction"
    if isinstance(by, OpenTransaction):
        whose = f"the open transaction of {by}"
    elif by is not None:
        whose = f"an open transaction, whose can not be told ({by.text})"
    return Problem("open_transaction", f"{records} of {lag} are hidden by {whose}")
