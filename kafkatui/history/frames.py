"""A snapshot as bytes and back: all that screens show of it. Which are kept, and where, is not known here.

A frame is MessagePack, `[[kind, bytes], ...]`, each of the parts small enough to be made between two keys. The shapes
are those of the model with their names, so that a field that comes later has its default in an older frame; only the
rows of groups, of which there are many, are lists in the order of `ROW_FIELDS`.

A frame is compressed on its own (a key) or with a key as the dictionary: what did not change since costs next to
nothing, and any frame can go without the others that have the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from itertools import chain, islice
from math import isfinite
from operator import attrgetter
from typing import Any, TypeVar, get_type_hints

import msgspec
import zstandard

from kafkatui.history.errors import FrameError
from kafkatui.model.cluster import Broker, Topic, TopicPartition
from kafkatui.model.events import Event
from kafkatui.model.groups import Group, GroupPartition, Member
from kafkatui.model.outlook import GroupOutlook
from kafkatui.model.problems import Problem, Reading
from kafkatui.model.snapshot import Snapshot, Stage
from kafkatui.model.trends import LENGTH, Series, Trends

MOST_BYTES = 64 << 20
"""Of one frame before compression: 20 times a cluster of 1,000 groups and 10,000 partitions."""
LATEST = 32_503_680_000.0
"""A moment no clock shows (the year 3000), epoch seconds."""
_SLICE = 25
"""Topics or groups of one part: a few milliseconds."""
_LEVEL = 5
"""The first that looks for matches in the whole of the dictionary; below it half of them are missed."""
_WINDOW_LOG = 26
"""Bytes a match may be away, as a power of two: the whole of a frame and of its key."""

_Thing = TypeVar("_Thing")
_KINDS: Mapping[str, Any]

ROW_FIELDS = tuple(each.name for each in fields(GroupPartition) if each.name != "member")
_MEMBER = [each.name for each in fields(GroupPartition)].index("member")
_ROW_HINTS = get_type_hints(GroupPartition)
_Row: Any = msgspec.defstruct(
    "_Row", [("owner", int | None), *((name, _ROW_HINTS[name]) for name in ROW_FIELDS)], array_like=True
)
_row_values = attrgetter(*ROW_FIELDS)


class _Cluster(msgspec.Struct, array_like=True):
    """What there is one of."""

    at: float
    stage: Stage
    cluster_id: str | None
    brokers: list[Broker]
    controller: Reading
    controller_epoch: Reading
    version: str | Problem
    problems: tuple[Problem, ...]
    unlisted: dict[int, Problem]
    rate: Series


class _Lines(msgspec.Struct, array_like=True):
    """Series by name, turned around: the readings one after the other, so that only the newest is new."""

    names: list[str]
    lengths: list[int]
    readings: list[list[float | None]]


class _Groups(msgspec.Struct, array_like=True):
    """Groups, and beside each the members that only its rows know, and its rows."""

    groups: list[tuple[Group, tuple[Member, ...], list[_Row] | None]]


_KINDS = {
    "cluster": _Cluster,
    "events": tuple[Event, ...],
    "rates": _Lines,
    "lags": _Lines,
    "topics": list[tuple[Topic, list[float | None]]],
    "groups": _Groups,
    "outlooks": dict[str, GroupOutlook],
}
_decoders = {kind: msgspec.msgpack.Decoder(shape) for kind, shape in _KINDS.items()}
_frame_decoder = msgspec.msgpack.Decoder(list[tuple[str, bytes]])
_encode = msgspec.msgpack.Encoder().encode


# Snapshots


def parts_of(snapshot: Snapshot) -> Iterator[bytes]:
    """The parts of a frame, each made when it is asked for; `frame_of` puts them together."""
    trends = snapshot.trends
    yield _part(
        "cluster",
        _Cluster(
            snapshot.at,
            snapshot.stage,
            snapshot.cluster_id,
            list(snapshot.brokers.values()),
            snapshot.controller,
            snapshot.controller_epoch,
            snapshot.version,
            snapshot.problems,
            dict(snapshot.unlisted),
            trends.cluster,
        ),
    )
    yield _part("events", snapshot.events)
    yield _part("rates", _lines(trends.topics))
    yield _part("lags", _lines(trends.lags))
    for topics in _sliced(snapshot.topics.values()):
        yield _part("topics", [(topic, [trends.rates.get(each.name) for each in topic.partitions]) for topic in topics])
    for groups in _sliced(snapshot.groups.values()):
        yield _part("groups", _Groups([_bare(group) for group in groups]))
    for outlooks in _sliced(snapshot.outlooks.items()):
        yield _part("outlooks", dict(outlooks))


def _part(kind: str, value: object) -> bytes:
    return _encode((kind, _encode(value)))


def frame_of(parts: Iterable[bytes]) -> bytes:
    """Raises FrameError for one that nobody would read again."""
    kept = list(parts)
    frame = b"".join([b"\xdd", len(kept).to_bytes(4, "big"), *kept])
    if len(frame) > MOST_BYTES:
        raise FrameError(f"a reading of {len(frame)} bytes is too large to be kept")
    return frame


def snapshot_of(frame: bytes) -> Snapshot:
    """Raises FrameError for bytes that are no frame."""
    try:
        parts = [(kind, _decoders[kind].decode(data)) for kind, data in _frame_decoder.decode(frame)]
        return _snapshot(parts)
    except (msgspec.MsgspecError, KeyError, IndexError, ValueError, StopIteration, RecursionError) as error:
        raise FrameError("it is not a reading of a cluster") from error


def _snapshot(parts: list[tuple[str, Any]]) -> Snapshot:
    def of(kind: str) -> Iterator[Any]:
        return (value for name, value in parts if name == kind)

    cluster = next(of("cluster"))
    topics = list(chain.from_iterable(of("topics")))
    groups = [_whole(*each) for slice_ in of("groups") for each in slice_.groups]
    return Snapshot(
        at=cluster.at,
        stage=cluster.stage,
        cluster_id=cluster.cluster_id,
        brokers={each.node_id: each for each in cluster.brokers},
        topics={topic.name: topic for topic, _ in topics},
        groups={group.group: group for group in groups},
        controller=cluster.controller,
        controller_epoch=cluster.controller_epoch,
        version=cluster.version,
        problems=cluster.problems,
        unlisted=cluster.unlisted,
        trends=Trends(
            rates=dict(_rates(topics)),
            topics=_series(next(of("rates"))),
            lags=_series(next(of("lags"))),
            cluster=cluster.rate,
        ),
        outlooks=dict(chain.from_iterable(each.items() for each in of("outlooks"))),
        events=next(of("events")),
    )


def _rates(topics: Iterable[tuple[Topic, list[float | None]]]) -> Iterator[tuple[TopicPartition, float | None]]:
    for topic, rates in topics:
        for partition, rate in zip(topic.partitions, rates, strict=False):
            yield partition.name, rate


# Groups: a row names its member by number, because each member names all of its partitions


def _bare(group: Group) -> tuple[Group, tuple[Member, ...], list[tuple[Any, ...]] | None]:
    if not isinstance(group.partitions, tuple):
        return group, (), None
    members = group.members if isinstance(group.members, tuple) else ()
    numbers = {id(member): number for number, member in enumerate(members)}
    others: list[Member] = []
    rows = []
    for row in group.partitions:
        member = row.member
        if member is not None and id(member) not in numbers:
            numbers[id(member)] = len(members) + len(others)
            others.append(member)
        rows.append((None if member is None else numbers[id(member)], *_row_values(row)))
    return replace(group, partitions=()), tuple(others), rows


def _whole(group: Group, others: tuple[Member, ...], rows: list[Any] | None) -> Group:
    if rows is None:
        return group
    members = (*(group.members if isinstance(group.members, tuple) else ()), *others)
    return replace(group, partitions=tuple(_row(row, members) for row in rows))


def _row(row: Any, members: tuple[Member, ...]) -> GroupPartition:
    # By place: by name it takes twice as long.
    owner, *values = msgspec.structs.astuple(row)
    values.insert(_MEMBER, None if owner is None else members[owner])
    return GroupPartition(*values)


# Series


def _lines(series: Mapping[str, Series]) -> _Lines:
    padded = [(None,) * (LENGTH - len(each)) + each for each in series.values()]
    readings = [list(each) for each in zip(*padded, strict=True)]
    return _Lines(list(series), [len(each) for each in series.values()], readings)


def _series(lines: _Lines) -> dict[str, Series]:
    whole = zip(*lines.readings, strict=True) if lines.readings else iter(())
    return {
        name: tuple(values)[len(values) - length :] if 0 < length <= len(values) else ()
        for name, length, values in zip(lines.names, lines.lengths, whole, strict=False)
    }


def _sliced(things: Iterable[_Thing]) -> Iterator[list[_Thing]]:
    rest = iter(things)
    while slice_ := list(islice(rest, _SLICE)):
        yield slice_


# What a file could hold that no screen expects


def check(snapshot: Snapshot) -> None:
    """Raises FrameError for numbers that would stop a screen. What a session packed itself needs no such look."""
    moments = [snapshot.at, *(each.at for each in snapshot.events), *_moments(snapshot)]
    if not all(0 <= moment <= LATEST for moment in moments):
        raise FrameError("it holds a moment that never was")
    trends = snapshot.trends
    numbers = chain(trends.rates.values(), trends.cluster, *trends.topics.values(), *trends.lags.values())
    if not all(number is None or isfinite(number) for number in numbers):
        raise FrameError("it holds a rate that is no number")


def _moments(snapshot: Snapshot) -> Iterator[float]:
    """Those beside readings that failed, and since when commits stand."""
    for broker in snapshot.brokers.values():
        yield from _last_at(broker.disk, broker.problem)
    for partition in snapshot.partitions:
        yield from _last_at(partition.start, partition.end, partition.stable_end, partition.size, partition.problem)
    for group in snapshot.groups.values():
        for row in group.rows:
            yield from _last_at(row.committed, row.start, row.end, row.stable_end, row.lag, row.problem)
    for outlook in snapshot.outlooks.values():
        yield from (each.still_since for each in outlook.partitions.values() if each.still_since is not None)


def _last_at(*readings: object) -> Iterator[float]:
    return (each.last_at for each in readings if isinstance(each, Problem) and each.last_at is not None)


# Bytes


class Key:
    """A frame that others are compressed with."""

    def __init__(self, frame: bytes) -> None:
        self.data = _moved(zstandard.ZstdCompressor(level=_LEVEL).compress(frame))
        """The frame, compressed on its own."""
        self._dictionary = zstandard.ZstdCompressionDict(frame, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        self._parameters = zstandard.ZstdCompressionParameters.from_level(
            _LEVEL, source_size=len(frame), dict_size=len(frame), window_log=_WINDOW_LOG
        )
        self._dictionary.precompute_compress(compression_params=self._parameters)

    def compress(self, frame: bytes) -> bytes:
        compressor = zstandard.ZstdCompressor(compression_params=self._parameters, dict_data=self._dictionary)
        return _moved(compressor.compress(frame))


def _moved(data: bytes) -> bytes:
    """A copy: what the compressor gives stands at the begin of a piece as large as the frame, which it would pin."""
    return bytes(memoryview(data))


def expanded(data: bytes, key: bytes | None = None) -> bytes:
    """The frame; `key`: the frame of its key, where it has one. Raises FrameError, before it takes much memory."""
    try:
        size = zstandard.get_frame_parameters(data).content_size
        if size > MOST_BYTES:  # also when it is not told
            raise FrameError("it says that it holds more than any reading does")
        dictionary = zstandard.ZstdCompressionDict(key, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if key else None
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(data)
    except zstandard.ZstdError as error:
        raise FrameError("its bytes are damaged") from error
