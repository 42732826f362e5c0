"""Quarkus, SmallRye Reactive Messaging: `KafkaDeadLetterQueue`. Numbers are decimal.

Its headers stand in front of those the record had, so the newest failure is the first one.
"""

from __future__ import annotations

from kafkatui.dead_letters.dialects.dialect import Dialect

SMALLRYE = Dialect(
    name="smallrye",
    title="SmallRye",
    marks=(("dead-letter-topic",), ("dead-letter-exception-class-name",)),
    topic="dead-letter-topic",
    partition="dead-letter-partition",
    offset="dead-letter-offset",
    exception=("dead-letter-cause-class-name", "dead-letter-exception-class-name"),
    message=("dead-letter-cause", "dead-letter-reason"),
    is_newest_first=True,
)
