"""Spring Cloud Stream's Kafka binder: `KafkaMessageChannelBinder`. Numbers are binary as Spring Kafka's.

Programs by hand use its names with decimal text.
"""

from __future__ import annotations

from kafkatui.dead_letters.dialects.dialect import Dialect
from kafkatui.dead_letters.dialects.spring import DELIVERY_ATTEMPT, GROUP

SPRING_CLOUD_STREAM = Dialect(
    name="spring-cloud-stream",
    title="Spring Cloud Stream",
    marks=(("x-original-topic",), ("x-exception-fqcn",)),
    topic="x-original-topic",
    partition="x-original-partition",
    offset="x-original-offset",
    timestamp="x-original-timestamp",
    group=GROUP,
    exception=("x-exception-cause-fqcn", "x-exception-fqcn"),
    message=("x-exception-message",),
    stacktrace=("x-exception-stacktrace",),
    attempts=(DELIVERY_ATTEMPT,),
    more=frozenset({"x-original-timestamp-type"}),
)
