"""Which release of Kafka first spoke which request: what to say where a broker is too old. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping

from kafkatui.kafka.wire import Api

_SINCE: Mapping[Api, Mapping[int, str]] = {
    Api.PRODUCE: {0: "0.8", 3: "0.11"},
    Api.FETCH: {0: "0.8", 4: "0.11"},
    Api.LIST_OFFSETS: {0: "0.8", 1: "0.10.1", 2: "0.11"},
    Api.METADATA: {0: "0.8", 4: "0.11"},
    Api.OFFSET_COMMIT: {0: "0.8.1", 2: "0.9"},
    Api.OFFSET_FETCH: {0: "0.8.1", 2: "0.11", 7: "2.5", 8: "3.0"},
    Api.FIND_COORDINATOR: {0: "0.8.2", 1: "0.11", 4: "3.0"},
    Api.DESCRIBE_GROUPS: {0: "0.9"},
    Api.LIST_GROUPS: {0: "0.9"},
    Api.API_VERSIONS: {0: "0.10", 3: "2.4"},
    Api.CREATE_TOPICS: {0: "0.10.1", 5: "2.4"},
    Api.DELETE_TOPICS: {0: "0.10.1", 6: "2.8"},
    Api.DELETE_RECORDS: {0: "0.11"},
    Api.INIT_PRODUCER_ID: {0: "0.11", 3: "2.5"},
    Api.ADD_PARTITIONS_TO_TXN: {0: "0.11"},
    Api.ADD_OFFSETS_TO_TXN: {0: "0.11"},
    Api.END_TXN: {0: "0.11"},
    Api.TXN_OFFSET_COMMIT: {0: "0.11", 3: "2.5"},
    Api.DESCRIBE_CONFIGS: {0: "0.11", 1: "1.1"},
    Api.DESCRIBE_LOG_DIRS: {0: "1.0", 1: "2.0"},
    Api.CREATE_PARTITIONS: {0: "1.0"},
    Api.DELETE_GROUPS: {0: "1.1"},
    Api.ELECT_LEADERS: {0: "2.2", 1: "2.4"},
    Api.INCREMENTAL_ALTER_CONFIGS: {0: "2.3"},
    Api.OFFSET_DELETE: {0: "2.4"},
    Api.DESCRIBE_QUORUM: {0: "3.3"},
    Api.DESCRIBE_CLUSTER: {0: "2.8"},
    Api.DESCRIBE_PRODUCERS: {0: "2.8"},
    Api.DESCRIBE_TRANSACTIONS: {0: "3.0"},
    Api.LIST_TRANSACTIONS: {0: "3.0"},
    Api.CONSUMER_GROUP_DESCRIBE: {0: "3.8"},
    Api.SHARE_GROUP_DESCRIBE: {0: "4.1"},
    Api.STREAMS_GROUP_DESCRIBE: {0: "4.2"},
    Api.DESCRIBE_SHARE_GROUP_OFFSETS: {0: "4.1"},
    Api.ALTER_SHARE_GROUP_OFFSETS: {0: "4.1"},
    Api.DELETE_SHARE_GROUP_OFFSETS: {0: "4.1"},
}
"""By API the versions that matter here, each with the first release that clients could use it with."""


def since(api: Api, version: int) -> str:
    """The first release with this version of a request, such as `3.0`."""
    known = _SINCE[api]
    return known[max(each for each in known if each <= version)]


def name(api: Api) -> str:
    """As Kafka writes it: `ListOffsets`."""
    return api.name.title().replace("_", "")
