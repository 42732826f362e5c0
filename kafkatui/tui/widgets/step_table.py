"""A table inside a dialog of steps: its rows are looked at, and the dialog's keys act on the whole."""

from __future__ import annotations

from typing import TypeVar

from kafkatui.tui.keys import bindings
from kafkatui.tui.widgets.table import Table

Row = TypeVar("Row")


class StepTable(Table[Row]):
    """Its copying is the dialog's."""

    BINDINGS = bindings("steps")
