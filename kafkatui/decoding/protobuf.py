"""Protobuf by the schema it was written with, as `.proto` text or as a descriptor. Framing is in `framing`.

The protobuf library is loaded when the first schema of it is met.
"""

from __future__ import annotations

import base64
import binascii
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.decoded import Decoded, failed
from kafkatui.decoding.limits import LIMITS, Limits, too_deep, too_large

_MAIN = "/"
"""The file's own name, which no import can have."""
_LIBRARY = {
    f"google/protobuf/{name}.proto": f"google.protobuf.{name}_pb2"
    for name in (
        *("any", "api", "descriptor", "duration", "empty", "field_mask"),
        *("source_context", "struct", "timestamp", "type", "wrappers"),
    )
}
_CONFLUENT = {
    "confluent/type/decimal.proto": """syntax = "proto3"; package confluent.type;
        message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }"""
}
"""Confluent's clients know this import by themselves and register no reference for it."""


@dataclass(frozen=True, slots=True)
class ProtobufSchema:
    """A `.proto` file with all it imports, that can read."""

    pool: Any
    """A `DescriptorPool` of its own: schemas of one name and other contents live side by side."""
    file: Any
    """Its `FileDescriptorProto`."""
    is_text: bool = True
    """Whether it was registered as text, as Java's client does."""
    plans: dict[str, Any] = field(default_factory=dict)
    """What `proto_values` found out of its messages."""

    def message(self, indexes: tuple[int, ...]) -> str:
        """The full name of the message at this path. Raises BadSchema.

        The messages that a compiler makes of map fields are counted by Python's client, which registers descriptors,
        and not by Java's, which registers texts.
        """
        names, messages = [self.file.package] if self.file.package else [], self.file.message_type
        for index in indexes:
            counted = [each for each in messages if not (self.is_text and each.options.map_entry)]
            if index >= len(counted):
                raise BadSchema(f"the schema has no message at {'/'.join(map(str, indexes))}")
            names.append(counted[index].name)
            messages = counted[index].nested_type
        return ".".join(names)


def parse_protobuf(text: str, references: Mapping[str, str]) -> ProtobufSchema:
    """`references`: the texts of the files it imports, by the names in its imports. Raises BadSchema."""
    from google.protobuf.descriptor_pool import DescriptorPool

    pool = DescriptorPool()
    file = _file(_MAIN, text)
    _Imports(pool, {**_CONFLUENT, **references}).add(file)
    return ProtobufSchema(pool, file, is_text=_descriptor(text) is None)


@dataclass(slots=True)
class _Imports:
    """Fills a pool with a file and, before it, all that it imports."""

    pool: Any
    texts: Mapping[str, str]
    seen: set[str] = field(default_factory=set)

    def add(self, file: Any) -> None:
        there = [name for name in dict.fromkeys(file.dependency) if self._bring(name)]
        # What is nowhere is mostly an import of options. If a type of it is used, the library names that type.
        del file.dependency[:], file.public_dependency[:], file.weak_dependency[:]
        file.dependency.extend(there)
        try:
            self.pool.Add(file)
        except TypeError as error:
            raise BadSchema(f"the schema does not hold together: {_reason(error)}") from error

    def _bring(self, name: str) -> bool:
        if name in self.seen:
            return True
        self.seen.add(name)
        if name in self.texts:
            self.add(_file(name, self.texts[name]))
        elif name in _LIBRARY:
            descriptor = importlib.import_module(_LIBRARY[name]).DESCRIPTOR
            for each in descriptor.dependencies:
                self._bring(each.name)
            self.pool.AddSerializedFile(descriptor.serialized_pb)
        else:
            self.seen.discard(name)
            return False
        return True


def _file(name: str, text: str) -> Any:
    from kafkatui.decoding.proto_text import parse_proto

    file = _descriptor(text) or parse_proto(name, text)
    file.name = name
    return file


def _descriptor(text: str) -> Any:
    """Some registries give back a base64 descriptor where one was registered. None: it is not one."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message import DecodeError

    try:
        return FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, DecodeError):
        return None


def _reason(error: TypeError) -> str:
    return str(error).removeprefix("Couldn't build proto file into descriptor pool: ").strip()[:200]


def decode_protobuf(raw: bytes, schema: ProtobufSchema, message: str, limits: Limits = LIMITS) -> Decoded:
    """`message`: the full name of the one that `raw` holds."""
    from google.protobuf.message import DecodeError
    from google.protobuf.message_factory import GetMessageClass

    from kafkatui.decoding.proto_values import ProtoValues, TooMany

    if large := too_large("protobuf", raw, limits.schema_bytes):
        return large
    values = ProtoValues(limits.items, schema.plans)
    try:
        parsed = GetMessageClass(schema.pool.FindMessageTypeByName(message)).FromString(raw)
        value = values.message(parsed)
    except DecodeError:
        return failed("protobuf", raw, "invalid_protobuf", f"not a {message}: the bytes are not what its fields take")
    except TooMany as error:
        return failed("protobuf", raw, "too_large", str(error))
    except RecursionError:
        return too_deep("protobuf", raw, limits.depth)
    notes = (f"{values.unknown:,} fields are not in the schema: shown as # and their number",) if values.unknown else ()
    return Decoded("protobuf", raw, value, notes)
