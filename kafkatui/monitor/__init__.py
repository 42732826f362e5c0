"""All polling: readings of a source, once or for ever, as snapshots."""

from kafkatui.monitor.beside import MonitorBeside, beside
from kafkatui.monitor.reading import read_once
from kafkatui.monitor.source import Source, Want
from kafkatui.monitor.watching import EVENTS, LONGEST_PAUSE, Monitor

__all__ = ["EVENTS", "LONGEST_PAUSE", "Monitor", "MonitorBeside", "Source", "Want", "beside", "read_once"]
