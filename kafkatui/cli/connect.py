"""From flags to a reading of a cluster. Which parts are read is the command's business, how is the monitor's."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kafkatui.cli import in_clear, interrupts, person
from kafkatui.cli.exits import Code, Failure, say
from kafkatui.cli.flags import Where
from kafkatui.config.choose import Here, Wanted, choose, time_zone_of
from kafkatui.config.errors import ConfigError
from kafkatui.model import moments
from kafkatui.model.connection import Connection
from kafkatui.model.dead_letter_rules import DeadLetterRule
from kafkatui.model.decoding_rules import DecodingRule
from kafkatui.model.errors import Unreachable
from kafkatui.model.globs import is_glob
from kafkatui.safe_text import safe_text

if TYPE_CHECKING:  # what reads records needs no snapshot
    from kafkatui.kafka.cluster import Cluster
    from kafkatui.model.alert_rules import AlertRule
    from kafkatui.model.cluster import Topic, Topology
    from kafkatui.model.parts import ListedGroup
    from kafkatui.model.problems import Problem
    from kafkatui.model.snapshot import Snapshot
    from kafkatui.monitor import Source, Want
    from kafkatui.reading.masking import Masking

_HOW = "no cluster is named: give -b HOST:PORT, choose a context (-c), or start one with kafkatui dev up"

clock = time.time


def open_source(connection: Connection) -> AbstractAsyncContextManager[Source]:
    """The real cluster; tests put a scripted one here."""
    from kafkatui.kafka.cluster import Cluster  # loads aiokafka and kio: not for --help

    return Cluster.open(connection)


def open_changing(connection: Connection) -> AbstractAsyncContextManager[Cluster]:
    """The real cluster, to be changed."""
    from kafkatui.kafka.cluster import Cluster  # as above

    return Cluster.open(connection, changing=True)


def read(
    where: Where,
    wants: Want,
    only: Callable[[ListedGroup], bool] | None = None,
    topics: Sequence[str] = (),
    groups: Sequence[str] = (),
) -> Snapshot:
    """One reading of the cluster that is meant; `only` picks the groups to ask about. Raises Failure.

    `topics`, `groups`: names for which it is told if they may not be seen.
    """
    connection = needed_connection(where)
    read: list[Snapshot] = []

    async def main() -> None:
        # Not returned: asyncio.run and signal.signal make a text of the task with its result, 0.2 s for a big snapshot.
        read.append(await read_cluster(connection, wants, only, topics, groups))

    # A process that reads once and ends makes nothing worth collecting; looking for it costs a tenth of the time.
    gc.disable()
    interrupts.run(main())
    return read[0]


async def read_cluster(
    connection: Connection,
    wants: Want,
    only: Callable[[ListedGroup], bool] | None = None,
    topics: Sequence[str] = (),
    groups: Sequence[str] = (),
) -> Snapshot:
    """One reading; of `topics` and `groups` also those that may not be seen.

    Raises Failure where the cluster can not be reached, or is not the one the context names.
    """
    from kafkatui.monitor import read_once

    try:
        async with open_source(connection) as source:
            snapshot = await read_once(source, wants, only=only, clock=clock)
            hidden = await hidden_of(source, snapshot.topics, topics)
            snapshot = replace(snapshot, topics={**snapshot.topics, **hidden}) if hidden else snapshot
            unseen = await hidden_groups_of(source, snapshot.groups, groups)
            snapshot = replace(snapshot, hidden_groups=unseen) if unseen else snapshot
        connection.check(snapshot.cluster_id)
    except Unreachable as error:
        raise Failure(Code.UNREACHABLE, error.problem.text) from None
    return snapshot


async def topology_of(source: Source | Cluster, topics: Sequence[str]) -> Topology:
    """Brokers and topics, and those of `topics` that may not be seen. Raises `Unreachable`."""
    found = await source.topology()
    hidden = await hidden_of(source, found.topics, topics)
    return replace(found, topics={**found.topics, **hidden}) if hidden else found


async def hidden_of(source: Source | Cluster, known: Collection[str], wanted: Sequence[str]) -> dict[str, Topic]:
    """Of the names that are not known, those that may not be seen; globs name nothing. Raises `Unreachable`."""
    from kafkatui.model.cluster import hidden_topics  # as everything of a cluster: not for --help

    missing = _named(wanted, known)
    return hidden_topics(await source.absent(missing)) if missing else {}


async def hidden_groups_of(
    source: Source | Cluster, known: Collection[str], wanted: Sequence[str]
) -> Mapping[str, Problem]:
    """Of the groups that are not known, those that may not be seen, with why. Raises `Unreachable`."""
    missing = _named(wanted, known)
    return await source.hidden_groups(missing) if missing else {}


def _named(wanted: Sequence[str], known: Collection[str]) -> list[str]:
    """What is not known and no glob."""
    return [name for name in wanted if name and name not in known and not is_glob(name)]


def needed_connection(where: Where) -> Connection:
    """The cluster that is meant. Raises Failure, also when nothing names one."""
    connection = connection_of(where)
    if connection is None:
        raise Failure(Code.USAGE, _HOW)
    return connection


def writing_connection(where: Where) -> Connection:
    """The cluster that is meant, to be changed: a bare address was given for it, a context has to allow it."""
    connection = needed_connection(where)
    if connection.context is None:
        return replace(connection, read_only=False)
    if connection.read_only:
        how = "nothing is written; --read-write allows it this once, read_only = false in the config file for good"
        raise Failure(Code.USAGE, f"context {connection.context} is read-only: {how}")
    if connection.production and not connection.unlocked and not person.is_here():
        how = "nothing is written; where nobody can type its name, it takes --read-write and --yes"
        raise Failure(Code.USAGE, f"context {connection.context} is production: {how}")
    return connection


def planning_connection(where: Where) -> Connection:
    """The cluster that is meant, to be looked at before a change; what is read-only stays so. Raises Failure."""
    connection = needed_connection(where)
    return connection if connection.context is not None else replace(connection, read_only=False)


def connection_of(where: Where, warn: Callable[[str], None] = say) -> Connection | None:
    """The cluster that is meant; None where nothing names one. Raises Failure."""
    wanted = Wanted(
        bootstrap=(*where.bootstrap, *where.bootstrap_too),
        context=where.context,
        pairs=where.pairs,
        command_config=where.command_config,
        timeout=where.timeout,
    )
    try:
        connection = choose(wanted, Here(os.environ, folder(), mini_cluster, warn, mini_registry, ask))
        moments.tell_in(None if connection is None else connection.time_zone)
    except (ConfigError, ValueError) as error:
        raise Failure(Code.USAGE, str(error)) from None
    if connection is not None:
        in_clear.accept(connection)
    if connection is not None and where.read_write:
        connection = replace(connection, read_only=False, unlocked=True)
    return connection


def now(where: Where) -> datetime:
    """In the zone of the cluster that is meant: times that are typed without one are in it. Raises Failure."""
    try:
        wanted = Wanted((*where.bootstrap, *where.bootstrap_too), where.context, where.pairs, where.command_config)
        moments.tell_in(time_zone_of(wanted, os.environ, folder()))
    except (ConfigError, ValueError) as error:
        raise Failure(Code.USAGE, str(error)) from None
    return moments.local(clock())


def rules() -> tuple[DecodingRule, ...]:
    """The decoders the config files choose for topics. Raises Failure."""
    from kafkatui.config.topics import decoding_rules  # only for who reads records
    from kafkatui.decoding.decoders import NAMES

    try:
        return decoding_rules(os.environ, folder(), NAMES)
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None


def letter_rules() -> tuple[DeadLetterRule, ...]:
    """The headers the config files name for dead letters of programs of one's own. Raises Failure."""
    from kafkatui.config.dead_letters import dead_letter_rules  # only for who reads dead letters

    try:
        return dead_letter_rules(os.environ, folder())
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None


def masking(connection: Connection | None) -> Masking | None:
    """What hides parts of records before they are shown; None where no config file says so. Raises Failure.

    `connection`: None where there is none yet; wrong rules are told all the same.
    """
    from kafkatui.config.mask_secret import mask_secret  # only for who reads records
    from kafkatui.config.masks import masking_rules
    from kafkatui.model.masking_rules import Show

    try:
        found = masking_rules(os.environ, folder(), None if connection is None else connection.context)
        secret = mask_secret(os.environ) if any(rule.show is Show.HASH for rule in found) else b""
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None
    if not found:
        return None
    from kafkatui.reading.masking import Masking
    from kafkatui.reading.topic_decoders import registry_of

    registry = None if connection is None else registry_of(connection)
    return Masking(found, secret, rules(), registry, letter_rules())


def masked_by(connection: Connection, topic: str) -> str:
    """The names of the files that hide parts of what is in a topic; empty: none does. Raises Failure."""
    from fnmatch import fnmatchcase

    from kafkatui.config.masks import masking_rules  # as above

    try:
        found = masking_rules(os.environ, folder(), connection.context)
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None
    return ", ".join(dict.fromkeys(rule.source for rule in found if fnmatchcase(topic, rule.topics)))


def alert_rules() -> tuple[AlertRule, ...]:
    """What the config files want to be told of on the screen. Raises Failure."""
    from kafkatui.config.alerts import alert_rules as read_rules  # only for the screen

    try:
        return read_rules(os.environ, folder())
    except ConfigError as error:
        raise Failure(Code.USAGE, str(error)) from None


@cache
def ask(what: str) -> str:
    """What the person at the terminal types unseen, once a run. Raises ConfigError where there is no terminal."""
    from getpass import getpass  # only where somebody is asked

    if "_KAFKATUI_COMPLETE" in os.environ:  # the shell completes a word; a question would land in its line
        raise ConfigError(f"the {what} is not asked for while a word is completed")
    try:
        # getpass would read stdin instead, where records may come from.
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        raise ConfigError(f"the {what} has to be typed, and there is no terminal") from None
    try:
        return getpass(f"{safe_text(what)}: ")
    except EOFError:
        raise ConfigError(f"the {what} was not typed") from None


def folder() -> Path:
    """Where we are; if it was removed under us, what the shell calls it: that holds no file of the project any more."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(os.environ.get("PWD", "/"))


def mini_cluster() -> str | None:
    """The addresses of the running mini-cluster."""
    from kafkatui.minicluster.cluster import status  # only where nothing else names a cluster

    running = status()
    return running.bootstrap if running is not None else None


def mini_registry() -> str | None:
    """The address of its schema registry, if it has one."""
    from kafkatui.minicluster.cluster import status  # as above

    running = status()
    return running.registry if running is not None else None
