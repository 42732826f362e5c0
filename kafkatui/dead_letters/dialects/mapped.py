"""A program of one's own: `[dead_letters."GLOB"]` of the config files names its headers."""

from __future__ import annotations

from kafkatui.dead_letters.dialects.dialect import Dialect
from kafkatui.model.dead_letter_rules import DeadLetterRule

NAME = "mapped"


def mapped(rule: DeadLetterRule) -> Dialect:
    """Any one of the headers makes a record a dead letter of it."""
    return Dialect(
        name=NAME,
        title="config file",
        marks=tuple((header,) for header in rule.headers),
        topic=rule.topic,
        partition=rule.partition,
        offset=rule.offset,
        timestamp=rule.timestamp,
        group=rule.group,
        exception=_given(rule.exception),
        message=_given(rule.message),
        stacktrace=_given(rule.stacktrace),
        attempts=_given(rule.attempts),
        sets_timestamp=True,
        guesses_numbers=True,
    )


def _given(header: str) -> tuple[str, ...]:
    return (header,) if header else ()
