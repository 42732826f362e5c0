"""Rules as a person writes them, and records from which is hidden what they say. Used by the tests of all layers."""

from __future__ import annotations

import tomllib
from pathlib import Path

from kafkatui.config.files import Files
from kafkatui.config.masks import rules_of
from kafkatui.decoding.decoded import Decoded
from kafkatui.decoding.decoders import decode_key, decode_value
from kafkatui.decoding.masking import Masks
from kafkatui.model.masking_rules import MaskingRule
from kafkatui.model.records import Header, Record

SECRET = b"a secret of the tests"


def rules(text: str, context: str | None = None, file: str = "config.toml") -> tuple[MaskingRule, ...]:
    """The tables `[[masks]]` of a text."""
    return rules_of(Files(masks=((Path(file), tomllib.loads(text)["masks"]),)), context)


def rule(text: str) -> tuple[MaskingRule, ...]:
    """One table, without its first line."""
    return rules(f"[[masks]]\n{text}")


def masked(
    text: str,
    value: bytes | None,
    key: bytes | None = None,
    headers: tuple[Header, ...] = (),
    decoder: str = "json",
    topic: str = "orders",
    key_decoder: str = "text",
) -> Record:
    """A record after one rule."""
    record = Record(topic, 0, 0, 0, key, value, headers)

    def key_read() -> Decoded:
        return decode_key(key_decoder, key)

    def value_read() -> Decoded:
        return decode_value(decoder, value, key)

    return Masks(rule(text), SECRET).mask(record, key_read, value_read)
