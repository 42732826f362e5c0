"""Configs of topics and brokers: DescribeConfigs, one request whatever the number of topics. Changing is elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType
from typing import Any

from kafkatui.kafka import errors
from kafkatui.kafka.link import Failed
from kafkatui.kafka.nodes import Nodes
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.configs import Config, Configs, ConfigSource, Synonym
from kafkatui.model.problems import Problem, Reading

TOPIC, BROKER = 2, 4
"""ConfigResource.Type."""
_SOURCES = {
    1: ConfigSource.TOPIC,
    2: ConfigSource.BROKER,
    3: ConfigSource.CLUSTER,
    4: ConfigSource.FILE,
    5: ConfigSource.DEFAULT,
}
"""DescribeConfigsResponse.ConfigSource."""


async def read_topic_configs(
    nodes: Nodes, topics: Collection[str], keys: tuple[str, ...] | None = None
) -> dict[str, Configs | Problem]:
    """All configs of each topic, or these, from whichever broker answers. Raises `Unreachable`; never makes a topic."""
    if not topics:
        return {}
    try:
        answer = await nodes.any(_describe(TOPIC, topics, keys))
    except Failed as error:
        return dict.fromkeys(topics, error.problem)
    return _by_name(answer)


async def read_retention_ms(nodes: Nodes, topics: Collection[str]) -> dict[str, Reading | None]:
    """How long each topic keeps records; None: for ever, or only their bytes are bounded, or it is compacted only.

    Raises `Unreachable`.
    """
    if not topics:
        return {}
    try:
        answer = await nodes.any(_describe(TOPIC, topics, (_RETENTION, _POLICY)))
    except Failed as error:
        return dict.fromkeys(topics, error.problem)
    return {name: _retention_ms(each) for name, each in _by_name(answer).items()}


_RETENTION, _POLICY = "retention.ms", "cleanup.policy"


def _retention_ms(configs: Configs | Problem) -> Reading | None:
    if isinstance(configs, Problem):
        return configs
    policy, limit = configs.get(_POLICY), configs.get(_RETENTION)
    if policy is None or limit is None or limit.value is None or "delete" not in (policy.value or ""):
        return None
    return int(limit.value) if int(limit.value) >= 0 else None


async def read_broker_configs(
    nodes: Nodes, node_ids: Collection[int], keys: tuple[str, ...] | None = None
) -> dict[int, Configs | Problem]:
    """All configs of each broker, or these; only the broker itself knows them."""
    answers = await nodes.each({node_id: _describe(BROKER, [str(node_id)], keys) for node_id in node_ids})
    return {
        node_id: answer if isinstance(answer, Problem) else _by_name(answer)[str(node_id)]
        for node_id, answer in answers.items()
    }


def _describe(kind: int, names: Collection[str], keys: tuple[str, ...] | None = None) -> Call:
    def build(module: ModuleType) -> Any:
        resource = module.DescribeConfigsResource
        resources = tuple(resource(resource_type=kind, resource_name=name, configuration_keys=keys) for name in names)
        return module.DescribeConfigsRequest(resources=resources, include_synonyms=True)

    # Version 0 does not tell where a value comes from.
    return Call(Api.DESCRIBE_CONFIGS, build, oldest=1)


def _by_name(answer: Any) -> dict[str, Configs | Problem]:
    return {str(result.resource_name): _configs(result) for result in answer.results}


def _configs(result: Any) -> Configs | Problem:
    if errors.is_error(result.error_code):
        return errors.of_code(result.error_code, result.error_message)
    return {each.name: _config(each) for each in sorted(result.configs, key=lambda each: str(each.name))}


def _config(answer: Any) -> Config:
    # A broker sends no sensitive value; should one ever do so, it ends here.
    sensitive = bool(answer.is_sensitive)
    synonyms = tuple(
        Synonym(each.name, None if sensitive else each.value, _source(each.source)) for each in answer.synonyms
    )
    value = None if sensitive else answer.value
    return Config(answer.name, value, _source(answer.config_source), bool(answer.read_only), sensitive, synonyms)


def _source(number: int) -> ConfigSource:
    return _SOURCES.get(int(number), ConfigSource.OTHER)
