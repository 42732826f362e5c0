"""All that the doctor asks of a cluster: single addresses step by step, then the cluster as `Cluster` reads it.

One object, so that an address whose login was looked at answers all that follows on the same connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from kafkatui.kafka import configs, log_dirs, probing, quorum, rights
from kafkatui.kafka.cluster import Cluster
from kafkatui.kafka.details import API_VERSIONS, release
from kafkatui.kafka.link import Failed, Link
from kafkatui.kafka.links import Links
from kafkatui.kafka.topology import NO_TOPICS
from kafkatui.kafka.wire import Api, Call
from kafkatui.model.configs import Configs
from kafkatui.model.connection import Connection
from kafkatui.model.parts import ListedGroup
from kafkatui.model.probes import Certificate, Greeting, LogDirs, Quorum, Rights, Secured, Skew, Throttles
from kafkatui.model.problems import Problem

PATIENCE = 5.0
"""Seconds to wait for one broker's answer, unless a longer wait for a connection is asked for."""


class _Watched(Links):
    """Links that remember who held an answer back."""

    def __init__(self, settings: Connection, patience: float) -> None:
        super().__init__(settings, patience)
        self.throttled: dict[str, int] = {}

    async def ask(self, link: Link, call: Call) -> Any:
        answer = await super().ask(link, call)
        held_back = getattr(answer, "throttle_time", None)
        if held_back:
            milliseconds = round(held_back.total_seconds() * 1000)
            self.throttled[link.name] = max(milliseconds, self.throttled.get(link.name, 0))
        return answer


class Probes:
    """No method raises for what can not be reached or read: the reason stands in its place."""

    def __init__(self, links: _Watched) -> None:
        self._links = links
        self._settings = links.settings
        self.cluster = Cluster(links)

    @classmethod
    @asynccontextmanager
    async def open(cls, connection: Connection) -> AsyncIterator[Probes]:
        patience = max(connection.connect_seconds, min(connection.request_seconds, PATIENCE))
        links = _Watched(connection, patience)
        try:
            yield cls(links)
        finally:
            await links.close()

    async def resolve(self, host: str, port: int) -> Sequence[str] | Problem:
        """Its IP addresses."""
        return await probing.resolve(host, port, self._settings.connect_seconds)

    async def connect(self, ip: str, port: int) -> Problem | None:
        return await probing.connect(ip, port, self._settings.connect_seconds)

    async def secure(self, host: str, port: int) -> Secured | Problem:
        return await probing.secure(host, port, self._settings)

    def client_certificate(self) -> Certificate | Problem | None:
        return probing.client_certificate(self._settings.tls)

    async def mechanisms(self, host: str, port: int, wanted: str) -> Sequence[str] | Problem:
        return await probing.mechanisms(host, port, self._settings, wanted)

    async def login(self, host: str, port: int, name: str) -> Greeting | Problem:
        """Get in, and hear which requests are understood; `name` is what messages call it."""
        link = self._links.at(host, port, name)
        try:
            connection = await link.reach()
        except Failed as error:
            return error.problem
        known = connection.api_versions
        apis = {api.name: known[api] for api in Api if api in known}
        return Greeting(apis, len(known), connection.session_seconds)

    async def release(self, host: str, port: int) -> str | Problem:
        """The Kafka release its features belong to (ApiVersions v3), of an address that was logged in to."""
        try:
            answer = await self._links.ask(self._links.at(host, port), API_VERSIONS)
        except Failed as error:
            return error.problem
        levels = {each.name: each.max_version for each in answer.supported_features}
        level = levels.get("metadata.version")
        return Problem("not_told", "it does not tell its release") if level is None else release(level)

    async def cluster_id(self, host: str, port: int) -> str | Problem | None:
        """Which cluster answers there."""
        try:
            answer = await self._links.ask(self._links.at(host, port), NO_TOPICS)
        except Failed as error:
            return error.problem
        return None if answer.cluster_id is None else str(answer.cluster_id)

    async def skew(self) -> Skew | Problem:
        return await quorum.read_skew(self.cluster.nodes)

    async def quorum(self) -> Quorum | Problem:
        return await quorum.read_quorum(self.cluster.nodes)

    async def rights(self, groups: Collection[ListedGroup]) -> Rights:
        return await rights.read_rights(self.cluster.nodes, groups)

    async def topic_configs(self, topics: Collection[str], keys: tuple[str, ...]) -> Mapping[str, Configs | Problem]:
        """Only these configs of topics. Raises `Unreachable`."""
        return await configs.read_topic_configs(self.cluster.nodes, topics, keys)

    async def broker_configs(self, brokers: Collection[int], keys: tuple[str, ...]) -> Mapping[int, Configs | Problem]:
        """Only these configs of brokers."""
        return await configs.read_broker_configs(self.cluster.nodes, brokers, keys)

    async def log_dirs(self, brokers: Collection[int]) -> Mapping[int, LogDirs | Problem]:
        return await log_dirs.read_log_dirs(self.cluster.nodes, brokers)

    def throttles(self) -> Throttles:
        """Of all that was asked so far."""
        return Throttles(dict(self._links.throttled))
