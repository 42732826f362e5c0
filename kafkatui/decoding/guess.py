"""Which decoder fits a topic's keys or values: what a person chose, or what most of some samples are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kafkatui.decoding import consumer_offsets, schemas
from kafkatui.decoding.decoders import CONSUMER_OFFSETS, EACH, check_name
from kafkatui.decoding.framing import is_framed
from kafkatui.decoding.json import decode_json
from kafkatui.decoding.messagepack import decode_messagepack
from kafkatui.decoding.text import is_text

MOST_SAMPLES = 20
NO_SAMPLES = "no samples"
"""The reason of a choice that the first sample may change."""
_MOST_BYTES = 1 << 20
"""Of all samples together: guessing costs no more than decoding one large value."""
_SHARE = 0.8
"""Of the samples: a topic with some poison in it is still a topic of JSON."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A decoder, and why this one: half a sentence for a person."""

    decoder: str
    why: str
    guessed: bool = True


def choose(
    topic: str,
    samples: Iterable[bytes | None],
    chosen: str | None = None,
    has_schema: Callable[[bytes], bool] | None = None,
) -> Choice:
    """For the keys or the values of `topic`. The same samples give the same choice.

    `chosen` is what a person wants; then no sample is looked at. `has_schema`: whether a registry knows the schema that
    a sample names; without one, framed samples are shown as bytes. Raises `UnknownDecoder` for a name that is none.
    """
    if chosen is not None:
        return Choice(check_name(chosen), "chosen", guessed=False)
    if topic == consumer_offsets.TOPIC:
        return Choice(CONSUMER_OFFSETS, f"the topic is {topic}")
    looked_at = list(_bounded(samples))
    if not looked_at:
        return Choice("text", NO_SAMPLES)
    return _by_samples(looked_at, has_schema)


def _by_samples(samples: list[bytes], has_schema: Callable[[bytes], bool] | None) -> Choice:
    # First, because a value of 8 bytes may be framed; text and JSON never begin with a zero byte.
    framed = [(schemas.NAME, has_schema, "have their schema in the registry")] if has_schema else []
    told = " that the registry does not have" if has_schema else ", which a schema registry has"
    unknown = ("hex", is_framed, f"begin with the id of a schema{told}")
    for decoder, is_it, words in (*framed, *_TESTS, unknown):
        count = sum(map(is_it, samples))
        if count >= _SHARE * len(samples):
            return Choice(decoder, f"{count} of {len(samples)} samples {words}")
    return Choice(EACH, f"{len(samples)} samples are of no one format")


def _bounded(samples: Iterable[bytes | None]) -> Iterator[bytes]:
    """Those with something in them, until there are enough of them or enough bytes."""
    count = size = 0
    for sample in samples:
        if sample:
            count, size = count + 1, size + len(sample)
            if count > MOST_SAMPLES or (size > _MOST_BYTES and count > 1):
                return
            yield sample


def _is_json(raw: bytes) -> bool:
    """An object or an array: `17` and `true` are JSON too, and better read as the text they are."""
    return raw.lstrip()[:1] in (b"{", b"[") and not decode_json(raw).problem


def _is_messagepack(raw: bytes) -> bool:
    """A map or an array: nearly every single byte is MessagePack for some number."""
    return (0x80 <= raw[0] <= 0x9F or 0xDC <= raw[0] <= 0xDF) and not decode_messagepack(raw).problem


_TESTS: tuple[tuple[str, Callable[[bytes], bool], str], ...] = (
    ("json", _is_json, "are JSON"),
    ("text", is_text, "are text"),
    ("messagepack", _is_messagepack, "are MessagePack"),
    ("hex", lambda raw: len(raw) == 8, "are 8 bytes, which may be int64"),
    ("hex", lambda raw: len(raw) == 4, "are 4 bytes, which may be int32"),
)
