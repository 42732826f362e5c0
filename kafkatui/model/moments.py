"""The zone that moments are told in. The one place that decides it, for screens, tables and what people type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

_zone: tzinfo | None = None
"""None: the machine's own."""


def tell_in(name: str | None) -> None:
    """From now on, by the IANA name of a zone; None: the machine's own. Raises ValueError for a name no zone has.

    It holds for the whole process: one cluster is shown at a time.
    """
    global _zone
    _zone = None if name is None else _zone_of(name)


def _zone_of(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # only where one is named

    try:
        return ZoneInfo(name)
    except (OSError, KeyError) as error:
        raise ValueError(f"no time zone is called {name!r}") from error


def local(seconds: float) -> datetime:
    """Epoch seconds as a moment with its zone. Raises OverflowError, ValueError or OSError for what no calendar has."""
    return datetime.fromtimestamp(seconds).astimezone() if _zone is None else datetime.fromtimestamp(seconds, _zone)


def in_zone(moment: datetime) -> datetime:
    """The same moment, told in the zone."""
    return moment.astimezone(_zone)


def later(moment: datetime, span: timedelta) -> datetime:
    """So much time after it, or before. With a zone that knows summer time, Python's own sum is one of clocks."""
    return (moment.astimezone(UTC) + span).astimezone(moment.tzinfo)
