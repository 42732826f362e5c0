"""What each framework that writes dead letters calls its headers: one table a file. Reading them is `recognise`'s."""

from kafkatui.dead_letters.dialects.arroyo import ARROYO
from kafkatui.dead_letters.dialects.connect import CONNECT
from kafkatui.dead_letters.dialects.dialect import Dialect
from kafkatui.dead_letters.dialects.mapped import mapped
from kafkatui.dead_letters.dialects.share_groups import SHARE_GROUPS
from kafkatui.dead_letters.dialects.smallrye import SMALLRYE
from kafkatui.dead_letters.dialects.spring import SPRING, SPRING_RETRY
from kafkatui.dead_letters.dialects.spring_cloud_stream import SPRING_CLOUD_STREAM
from kafkatui.dead_letters.dialects.streams import STREAMS

DIALECTS = (SPRING, SPRING_RETRY, SPRING_CLOUD_STREAM, CONNECT, STREAMS, SHARE_GROUPS, SMALLRYE, ARROYO)

__all__ = [
    "ARROYO",
    "CONNECT",
    "DIALECTS",
    "SHARE_GROUPS",
    "SMALLRYE",
    "SPRING",
    "SPRING_CLOUD_STREAM",
    "SPRING_RETRY",
    "STREAMS",
    "Dialect",
    "mapped",
]
