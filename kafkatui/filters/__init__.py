"""Which records are wanted: what a person asks for becomes required bytes and a test of one record. No I/O."""

from kafkatui.filters.filter import EVERYTHING, Filter, Matcher, compile_filter
from kafkatui.filters.selection import FilterError, Selection

__all__ = ["EVERYTHING", "Filter", "FilterError", "Matcher", "Selection", "compile_filter"]
