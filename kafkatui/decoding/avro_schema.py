"""Avro schemas made into readers: each type a function that takes its value from the bytes. References are resolved.

By the Avro 1.12 specification. The `fastavro` library is not used here: 20,000 bytes of a recursive type end the whole
process with it, and an array of nulls takes all memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kafkatui.decoding.avro_bytes import AvroBytes, AvroError
from kafkatui.decoding.avro_logical import Read, logical
from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.decoded import Plain
from kafkatui.decoding.limits import LIMITS, is_deeper

_PRIMITIVES: dict[str, Read] = {
    "null": lambda source: None,
    "boolean": AvroBytes.boolean,
    "int": AvroBytes.long,
    "long": AvroBytes.long,
    "float": AvroBytes.float32,
    "double": AvroBytes.float64,
    "bytes": AvroBytes.bytes,
    "string": AvroBytes.string,
}


@dataclass(frozen=True, slots=True)
class AvroSchema:
    """A schema that can read."""

    name: str
    """Its full name: `com.example.Order`, or the type where it has none."""
    read: Read


def parse_avro(text: str, references: Iterable[str] = ()) -> AvroSchema:
    """`references`: the texts of the schemas whose types this one uses, each after those it uses. Raises BadSchema."""
    types = _Types()
    for each in references:
        types.reader(_load(each), "")
    schema = _load(text)
    read = types.reader(schema, "")
    return AvroSchema(_name(schema), read)


def _load(text: str) -> Any:
    try:
        schema = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        # Registries give a schema that is only a name without its quotes.
        if text.strip() in _PRIMITIVES:
            return text.strip()
        raise BadSchema("the schema is not JSON") from error
    if isinstance(schema, (dict, list)) and is_deeper(schema, LIMITS.depth):
        raise BadSchema(f"the schema is nested deeper than {LIMITS.depth} levels")
    return schema


def _name(schema: Any) -> str:
    if isinstance(schema, dict):
        name = schema.get("name")
        return _full(name, schema.get("namespace", "")) if isinstance(name, str) else _name(schema.get("type"))
    return schema if isinstance(schema, str) else "union"


def _full(name: str, namespace: object) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


@dataclass(slots=True)
class _Types:
    """The named types that are known so far."""

    named: dict[str, Read] = field(default_factory=dict)

    def reader(self, schema: Any, namespace: str) -> Read:
        if isinstance(schema, str):
            return self._by_name(schema, namespace)
        if isinstance(schema, list):
            return _union([self.reader(each, namespace) for each in schema])
        if not isinstance(schema, dict) or "type" not in schema:
            raise BadSchema("the schema has a type that is neither a name, a list nor a map with a type")
        kind = schema["type"]
        if not isinstance(kind, str):
            return self.reader(kind, namespace)
        make = _COMPLEX.get(kind)
        read = make(self, schema, namespace) if make else self._by_name(kind, namespace)
        return logical(schema, kind, read)

    def _by_name(self, name: str, namespace: str) -> Read:
        if name in _PRIMITIVES:
            return _PRIMITIVES[name]
        full = next((each for each in (_full(name, namespace), name) if each in self.named), None)
        if full is None:
            raise BadSchema(f"the schema uses {_full(name, namespace)}, which is not defined")
        named = self.named
        # Not the function itself: a type may be used inside its own definition.
        return lambda source: named[full](source)

    def define(self, schema: Mapping[str, Any], namespace: str) -> tuple[str, str]:
        """The full name of the type and the namespace inside it; until it is read, it is known to be there."""
        name = schema.get("name")
        if not isinstance(name, str) or not name:
            raise BadSchema(f"the schema has a {schema['type']} without a name")
        full = _full(name, schema.get("namespace", namespace))
        self.named.setdefault(full, _unfinished)
        return full, full.rpartition(".")[0]

    def record(self, schema: Mapping[str, Any], namespace: str) -> Read:
        full, inner = self.define(schema, namespace)
        fields = _list(schema, "fields", full)
        if not all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in fields):
            raise BadSchema(f"{full} has a field without a name")
        read = _record([(each["name"], self.reader(each.get("type"), inner)) for each in fields])
        self.named[full] = read
        return read

    def enum(self, schema: Mapping[str, Any], namespace: str) -> Read:
        full, _ = self.define(schema, namespace)
        read = self.named[full] = _enum(full, [str(each) for each in _list(schema, "symbols", full)])
        return read

    def fixed(self, schema: Mapping[str, Any], namespace: str) -> Read:
        full, _ = self.define(schema, namespace)
        size = schema.get("size")
        if not isinstance(size, int) or size < 0:
            raise BadSchema(f"{full} has no size")
        # With its meaning: others use it by its name alone. The definition's own meaning comes to it in `reader`.
        self.named[full] = logical(schema, "fixed", lambda source: source.take(size))
        return lambda source: source.take(size)

    def array(self, schema: Mapping[str, Any], namespace: str) -> Read:
        return _array(self.reader(schema.get("items"), namespace))

    def map(self, schema: Mapping[str, Any], namespace: str) -> Read:
        return _map(self.reader(schema.get("values"), namespace))


_COMPLEX: dict[str, Callable[[_Types, Mapping[str, Any], str], Read]] = {
    "record": _Types.record,
    "error": _Types.record,
    "enum": _Types.enum,
    "fixed": _Types.fixed,
    "array": _Types.array,
    "map": _Types.map,
}


def _list(schema: Mapping[str, Any], key: str, owner: str) -> list[Any]:
    value = schema.get(key)
    if not isinstance(value, list):
        raise BadSchema(f"{owner} has no list of {key}")
    return value


def _unfinished(source: AvroBytes) -> Plain:
    raise AvroError("the type is used before it is defined")


def _record(fields: list[tuple[str, Read]]) -> Read:
    def read(source: AvroBytes) -> Plain:
        source.enter()
        source.count(len(fields))
        value = {name: each(source) for name, each in fields}
        source.leave()
        return value

    return read


def _union(branches: list[Read]) -> Read:
    def read(source: AvroBytes) -> Plain:
        branch = source.long()
        if not 0 <= branch < len(branches):
            raise AvroError(f"branch {branch:,} of a union of {len(branches)} before {source.at:,}")
        return branches[branch](source)

    return read


def _enum(name: str, symbols: list[str]) -> Read:
    def read(source: AvroBytes) -> Plain:
        index = source.long()
        if not 0 <= index < len(symbols):
            raise AvroError(f"symbol {index:,} of {len(symbols)} in {name} before {source.at:,}")
        return symbols[index]

    return read


def _block(source: AvroBytes) -> int:
    """How many items come; a negative count has the block's bytes behind it, which nobody needs who reads all."""
    count = source.long()
    if count < 0:
        source.long()
    source.count(abs(count))
    return abs(count)


def _array(item: Read) -> Read:
    def read(source: AvroBytes) -> Plain:
        source.enter()
        items: list[Plain] = []
        while count := _block(source):
            items.extend(item(source) for _ in range(count))
        source.leave()
        return items

    return read


def _map(item: Read) -> Read:
    def read(source: AvroBytes) -> Plain:
        source.enter()
        items: dict[str, Plain] = {}
        while count := _block(source):
            items.update((source.string(), item(source)) for _ in range(count))
        source.leave()
        return items

    return read
